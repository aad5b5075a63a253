import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, gate, newName, work } from './bells.ts'

onEveryBackend('stopping a worker', (current) => {
  let chime: string
  beforeEach(async () => {
    chime = newName()
    await addPusher(current().services, 'lupino', [chime])
  })
  const push = (data: string) => current().services.api(1).push(chime, 'lupino', data)

  it('finishes what it is sending and gives back the rest', async () => {
    const hold = gate()
    const first = bell(chime, () => hold.passed)
    const worker = await work(current().services, [first], { concurrency: 2 })
    await Promise.all(Array.from({ length: 10 }, (_, index) => push(`ding ${index}`)))
    await waitFor(() => first.rung.length === 2)
    const stopped = worker.stop()
    hold.open()
    await stopped
    expect(first.rung).toHaveLength(2)
    const second = bell(chime)
    const other = await work(current().services, [second])
    onTestFinished(() => other.stop())
    await waitFor(() => second.rung.length === 8, { timeout: 20_000 })
    expect(new Set([...first.rung, ...second.rung].map(({ data }) => data)).size).toBe(10)
  })

  it('gives back within 10 s also what does not end, with its signal aborted', async () => {
    const first = bell(chime, () => new Promise(() => {}))
    const worker = await work(current().services, [first])
    await push('ding')
    await waitFor(() => first.rung.length === 1)
    await worker.stop()
    expect(first.rung[0]!.signal.aborted).toBe(true)
    const second = bell(chime)
    const other = await work(current().services, [second])
    onTestFinished(() => other.stop())
    await waitFor(() => second.rung.length === 1, { timeout: 20_000 })
  })

  it('closes its senders and is no longer counted', async () => {
    let closed = 0
    const worker = await work(current().services, [bell(chime, () => {}, { close: async () => void closed++ })])
    const workers = async () =>
      (await current().services.store.senders.status(1)).find(({ name }) => name === chime)?.workers
    expect(await workers()).toBe(1)
    await worker.stop()
    expect(closed).toBe(1)
    expect(await workers()).toBeUndefined()
  })
})
