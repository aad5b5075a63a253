import type { RateGrant, RateLimiter } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, newName, work } from './bells.ts'

/** Five at once, and the next in six minutes. */
const SLOW = { count: 50, seconds: 3600 }
const patient = { timeout: 20_000 }

onEveryBackend('a sender with a rate', (current) => {
  const push = (chime: string, data: string) => current().services.api(1).push(chime, 'lupino', data)
  const statusOf = async (chime: string) =>
    (await current().services.store.senders.status(1)).find(({ name }) => name === chime)

  /** Everything that may be sent was sent: the tokens are spent, no wake-up is in line, no row is in hand. */
  async function settled(chime: string, waiting: number): Promise<void> {
    const { limiter, queue } = current().services
    await waitFor(async () => (await limiter.take(chime, SLOW, 1)).tokens === 0)
    await waitFor(async () => (await queue.oldestWaiting(chime)) === null)
    await waitFor(async () => ((s) => s?.waiting === waiting && s.active === 0)(await statusOf(chime)))
  }

  /** Eight pushes, five of which were sent, and two workers where there is room for two. */
  async function exhausted() {
    const chime = newName()
    await addPusher(current().services, 'lupino', [chime])
    const sender = bell(chime)
    const options = { rates: { [chime]: SLOW } }
    const workers = [await work(current().services, [sender], options)]
    if (current().redisUrl) workers.push(await work(await current().connectAnother(), [sender], options))
    const names = await Promise.all(Array.from({ length: 8 }, (_, index) => push(chime, `ding ${index}`)))
    await waitFor(() => sender.rung.length === 5)
    await settled(chime, 3)
    expect(sender.rung).toHaveLength(5)
    const unsent = names.filter((name) => !sender.rung.some((rung) => rung.name === name))
    const stop = () => Promise.all(workers.map((worker) => worker.stop()))
    return { chime, sender, unsent, stop }
  }

  it('sends what its rate allows over all workers; the rest waits, and may be cancelled', async () => {
    const { chime, sender, unsent, stop } = await exhausted()
    onTestFinished(async () => void (await stop()))
    expect(unsent).toHaveLength(3)
    for (const name of unsent) await current().services.api(1).cancelPush(chime, name)
    expect(await statusOf(chime)).toMatchObject({ waiting: 0, active: 0, delayed: 0 })
    expect(sender.rung).toHaveLength(5)
  })

  it('stops at once while pushes wait, and loses none', async () => {
    const { chime, sender, unsent, stop } = await exhausted()
    await stop()
    expect(await statusOf(chime)).toMatchObject({ waiting: 3, active: 0 })
    const other = await work(current().services, [sender])
    onTestFinished(() => other.stop())
    await waitFor(() => sender.rung.length === 8, patient)
    expect(sender.rung.slice(5).map(({ name, attempt }) => [name, attempt])).toEqual(
      expect.arrayContaining(unsent.map((name) => [name, 1])),
    )
  })

  it('keeps its handlers free however often it is notified of waiting pushes', async () => {
    const { chime, stop } = await exhausted()
    onTestFinished(async () => void (await stop()))
    const { store, queue } = current().services
    const due = await store.pushes.waiting({ sender: chime, from: 0, until: await store.pushes.now() }, 10)
    const wake = { sender: chime, wakeUp: { pushes: due.map(({ id }) => id) }, delay: 0, priority: 'normal' as const }
    await queue.wake(Array.from({ length: 50 }, () => wake))
    await waitFor(async () => (await queue.oldestWaiting(chime)) === null)
  })

  it('serves pushes before the recipients of a broadcast', async () => {
    const chime = newName()
    const ids = Array.from({ length: 20 }, (_, index) => `${chime}-p${index}`)
    for (const id of ids) await addPusher(current().services, id, [chime])
    const sender = bell(chime)
    const limiter = rationed()
    const worker = await work(current().services, [sender], { limiter, rates: { [chime]: SLOW } })
    onTestFinished(() => worker.stop())
    await current().services.api(1).pushAll(chime, 'to all')
    await waitFor(() => limiter.wanted === 20)
    limiter.ration(2)
    await waitFor(() => sender.rung.length === 2 && limiter.wanted === 18)
    await Promise.all(ids.slice(0, 5).map((id) => current().services.api(1).push(chime, id, 'urgent')))
    await waitFor(() => limiter.wanted === 23)
    limiter.ration(5)
    await waitFor(() => sender.rung.length === 7)
    expect(sender.rung.slice(2).map(({ data }) => data)).toEqual(Array(5).fill('urgent'))
    limiter.ration(18)
    await waitFor(() => sender.rung.length === 25)
  })

  it('spends nothing on recipients of a broadcast whose addresses are suppressed', async () => {
    const chime = newName()
    const ids = Array.from({ length: 3 }, (_, index) => `${chime}-p${index}`)
    const { api, store } = current().services
    for (const id of ids) await addPusher(current().services, id, [chime])
    for (const id of ids.slice(1))
      await store.suppressions.add({ app: 1, sender: chime, address: `${id}@example.com` }, 'bounced')
    const sender = bell(chime, undefined, { address: ({ pusher }) => pusher.email })
    const limiter = rationed(60_000)
    const worker = await work(current().services, [sender], { limiter, rates: { [chime]: SLOW } })
    onTestFinished(() => worker.stop())
    limiter.ration(3)
    await api(1).pushAll(chime, 'to all')
    await waitFor(() => sender.rung.length === 1)
    for (const data of ['ding', 'dong']) await api(1).push(chime, ids[0]!, data)
    await waitFor(() => sender.rung.length === 3)
  })

  it('goes on by itself when the limiter comes back', async () => {
    const chime = newName()
    await addPusher(current().services, 'lupino', [chime])
    const sender = bell(chime)
    let away = 1
    const take = async (): Promise<RateGrant> => {
      if (away-- > 0) throw new Error('away')
      return { tokens: 1, msLeft: 50 }
    }
    const limiter = { take }
    const worker = await work(current().services, [sender], { limiter, rates: { [chime]: SLOW } })
    onTestFinished(() => worker.stop())
    await push(chime, 'ding')
    await waitFor(() => sender.rung.length === 1)
    expect(away).toBeLessThan(0)
  })
})

/** A limiter that grants what the test hands out, and tells how many tokens its worker wanted last. */
function rationed(msLeft = 50): RateLimiter & { wanted: number; ration(tokens: number): void } {
  let left = 0
  return {
    wanted: 0,
    ration: (tokens) => void (left += tokens),
    async take(_sender, _rate, most) {
      this.wanted = most
      const tokens = Math.min(most, left)
      left -= tokens
      return { tokens, msLeft }
    },
  }
}
