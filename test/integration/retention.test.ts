import { expect, it, onTestFinished } from 'vitest'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, newName, work } from './bells.ts'

const HOUR_S = 3600
/** As seen tomorrow, when the whole of today is over. */
const TOMORROW_S = -24 * HOUR_S
const inAnHour = () => ({ schedat: Math.floor(Date.now() / 1000) + HOUR_S })
const patient = { timeout: 20_000 }

onEveryBackend('what is old', (current) => {
  const history = () => current().services.store.history
  const broadcasts = () => current().services.store.broadcasts
  const api = () => current().services.api(1)

  /** Nothing may remove what the test still looks at. */
  async function workWith(name: string, retention = HOUR_S, answer: Parameters<typeof bell>[1] = () => {}) {
    const worker = await work(current().services, [bell(name, answer)], { retention })
    onTestFinished(() => worker.stop())
  }

  it('goes by whole days, the pushes that wait excepted', async () => {
    const name = newName()
    await addPusher(current().services, name, [name])
    await workWith(name, HOUR_S, ({ data }) => (data === '1' ? { giveUp: 'no' } : undefined))
    for (const data of ['1', '2', '3']) await api().push(name, name, data)
    await waitFor(async () =>
      (await history().list(1, { sender: name })).every(({ finishedAt }) => finishedAt !== null),
    )
    await api().push(name, name, 'waits', inAnHour())
    const [waiting, ...ended] = await history().list(1, { sender: name })
    expect(await history().removeDays(0)).toBe(false)
    expect(await history().list(1, { sender: name })).toHaveLength(4)
    while (await history().removeDays(TOMORROW_S));
    expect(await history().list(1, { sender: name })).toEqual([waiting])
    expect(await Promise.all(ended.map(({ id }) => history().find(1, id)))).toEqual([null, null, null])
  })

  it('goes with its recipients, the running broadcasts excepted', async () => {
    const name = newName()
    const ids = Array.from({ length: 5 }, (_, index) => `${name}-${index}`)
    await Promise.all(ids.map((id) => addPusher(current().services, id, [name])))
    await workWith(name)
    const broadcast = await api().pushAll(name, 'all')
    await waitFor(async () => (await broadcasts().status(1, broadcast))?.finishedAt, patient)
    const running = await api().pushAll(name, 'waits', inAnHour())
    expect(await history().removeOldBroadcasts(0, 3)).toBe(false)
    // Its day contains one that runs, so it goes by itself, in steps, two days later
    expect(await history().removeOldBroadcasts(TOMORROW_S, 3)).toBe(false)
    while (await history().removeOldBroadcasts(3 * TOMORROW_S, 3));
    expect(await broadcasts().status(1, broadcast)).toBeNull()
    expect(await broadcasts().status(1, running)).not.toBeNull()
  })

  it('is removed by the worker that leads', async () => {
    const name = newName()
    await addPusher(current().services, name, [name])
    await api().push(name, name, 'ding', inAnHour())
    const [push] = await history().list(1, { sender: name })
    await api().cancelPush(name, push!.name)
    await workWith(name, TOMORROW_S)
    await waitFor(async () => (await history().find(1, push!.id)) === null, patient)
  })
})
