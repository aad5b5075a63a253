import { waitFor } from '@carillon/testkit'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, newName, work } from './bells.ts'

onEveryBackend('suppressions', (current) => {
  const suppressions = () => current().services.store.suppressions
  const history = () => current().services.store.history
  const api = () => current().services.api(1)
  let name: string
  beforeEach(() => void (name = newName()))

  const add = (address: string, reason = 'by hand') => suppressions().add({ app: 1, sender: name, address }, reason)

  it('are kept once per address, however it is written, and found again', async () => {
    const first = await add('Lupino@Example.com', 'asked for it')
    expect(first).toEqual({
      id: expect.any(String),
      sender: name,
      address: 'l***@example.com',
      reason: 'asked for it',
      since: expect.any(Number),
    })
    expect(await add(' lupino@example.com ')).toEqual(first)
    const second = await add('+1 (500) 555-0006')
    expect(await add('15005550006')).toEqual(second)
    expect(await suppressions().list(1, { sender: name })).toEqual([second, first])
    expect(await suppressions().list(1, { sender: name, size: 1 })).toEqual([second])
    expect(await suppressions().list(1, { sender: name, after: second.id })).toEqual([first])
    expect(await suppressions().list(1, { sender: name, address: 'LUPINO@example.com' })).toEqual([first])
    expect(await suppressions().list(2, { sender: name })).toEqual([])
    const address = 'lupino@example.com'
    const asked = [
      { app: 1, sender: name, address },
      { app: 2, sender: name, address },
      { app: 1, sender: 'another', address },
      { app: 1, sender: name, address: '+15005550006' },
    ]
    expect(await suppressions().find(asked)).toEqual([first, null, null, second])
  })

  it('can be lifted by their own app', async () => {
    const { id } = await add('lupino@example.com')
    await expect(suppressions().lift(2, id)).rejects.toMatchObject({ code: 'suppression_not_found' })
    await suppressions().lift(1, id)
    await expect(suppressions().lift(1, id)).rejects.toMatchObject({ code: 'suppression_not_found' })
    expect(await suppressions().list(1, { sender: name })).toEqual([])
  })

  it.each([
    ['one by one', false],
    ['in a batch', true],
  ])('hold back pushes %s, and nobody else’s', async (_how, inBatch) => {
    const address = ({ pusher }: { pusher: { email: string } }) => pusher.email
    const sender = bell(name, undefined, { address })
    if (inBatch) sender.sendBatch = async (pushes) => Promise.all(pushes.map((push) => sender.send(push)))
    const ids = [1, 2, 3].map((index) => `${name}-${index}`)
    for (const id of ids) await addPusher(current().services, id, [name])
    await add(`${ids[1]}@example.com`)
    const many = ids.map((id) => api().push(name, id, 'ding'))
    await Promise.all(many)
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    await waitFor(async () =>
      (await history().list(1, { sender: name })).every(({ finishedAt }) => finishedAt !== null),
    )
    expect(sender.rung.map(({ pusher }) => pusher.id).toSorted()).toEqual([ids[0], ids[2]])
    const [dead] = await history().list(1, { sender: name, state: 'dead' })
    expect(dead).toMatchObject({ pusher: ids[1], failures: 0, reason: expect.stringContaining('suppressed since') })
    await add(`${ids[0]}@example.com`)
    const broadcast = await api().pushAll(name, 'all')
    const done = () => current().services.store.broadcasts.status(1, broadcast)
    await waitFor(async () => (await done())?.finishedAt, { timeout: 20_000 })
    expect(await done()).toMatchObject({ state: 'done', sent: 1, skipped: 2, dead: 0 })
    expect(sender.rung).toHaveLength(3)
  })

  it('do not matter to a sender that names no address, or cannot', async () => {
    const odd = [{}, { address: () => null }, { address: () => fail() }]
    const names = odd.map(() => newName())
    const senders = odd.map((extra, index) => bell(names[index]!, undefined, extra))
    const worker = await work(current().services, senders)
    onTestFinished(() => worker.stop())
    for (const each of names) {
      await addPusher(current().services, each, [each])
      await suppressions().add({ app: 1, sender: each, address: `${each}@example.com` }, 'x')
      await api().push(each, each, 'ding')
    }
    await waitFor(() => senders.every(({ rung }) => rung.length === 1))
  })
})

function fail(): never {
  throw new Error('no address')
}
