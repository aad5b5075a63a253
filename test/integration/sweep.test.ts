import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { waitFor } from '@carillon/testkit'
import { Redis } from 'ioredis'
import { hasPostgres } from '../services/database.ts'
import { hasRedis } from '../services/fresh-redis.ts'
import { type Backend, onEveryBackend, openServers } from './backends.ts'
import { addPusher, bell, newName, work } from './bells.ts'

/** The sweeper looks every 2.5 s, and waits 5 s before it takes a row for forgotten. */
const patient = { timeout: 20_000 }

onEveryBackend('sweeping', (current) => {
  let chime: string
  beforeEach(async () => {
    chime = newName()
    await addPusher(current().services, 'lupino', [chime])
  })

  const row = () => ({
    app: 1,
    sender: chime,
    pusher: 'lupino',
    data: 'ding',
    force: false,
    priority: 'normal' as const,
    ttl: 3600,
  })
  const nowSeconds = () => Math.floor(Date.now() / 1000)

  async function ring() {
    const sender = bell(chime)
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    return sender
  }

  it('wakes at the start what waited while no worker ran', async () => {
    const { pushes } = current().services.store
    await pushes.accept(Array.from({ length: 250 }, (_, index) => ({ ...row(), schedat: 0, name: `row ${index}` })))
    const sender = await ring()
    await waitFor(() => sender.rung.length === 250, patient)
  })

  it('wakes what nothing woke while it runs', async () => {
    const sender = await ring()
    await current().services.store.pushes.accept([{ ...row(), schedat: 0, name: 'forgotten' }])
    await waitFor(() => sender.rung.length === 1, patient)
  })

  it('tells in time what was scheduled long ago', async () => {
    const schedat = nowSeconds() + 4
    await current().services.store.pushes.accept([{ ...row(), schedat, name: 'scheduled' }])
    const sender = await ring()
    await waitFor(() => sender.rung.length === 1, patient)
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(schedat)
  })

  it('gives to another what a worker left', async () => {
    const [accepted] = await current().services.store.pushes.accept([{ ...row(), schedat: 0, name: 'left' }])
    await current().services.store.pushes.claim([accepted!.id], 0)
    const sender = await ring()
    await waitFor(() => sender.rung.length === 1, patient)
    expect(sender.rung[0]).toMatchObject({ attempt: 2 })
  })

  it('gives to another what a worker left, also behind what another app has paused', { timeout: 60_000 }, async () => {
    const { pushes, senders } = current().services.store
    await senders.pause(2, chime)
    const paused = Array.from({ length: 40_001 }, (_, index) => ({
      ...row(),
      app: 2,
      schedat: 0,
      name: `row ${index}`,
    }))
    await pushes.accept(paused)
    const [accepted] = await pushes.accept([{ ...row(), schedat: 0, name: 'left' }])
    await pushes.claim([accepted!.id], 0)
    const sender = await ring()
    await waitFor(() => sender.rung.length === 1, patient)
    expect(sender.rung[0]).toMatchObject({ app: 1, attempt: 2 })
  })

  it('goes on with a broadcast whose worker died', async () => {
    const { store, pushers } = current().services
    const { name } = await current().services.core.pushAll({ app: 1, sender: chime, data: 'all', tag: '', schedat: 0 })
    const wake = await store.broadcasts.create({ app: 1, sender: chime, data: 'all', tag: '', schedat: 0, name })
    const page = await pushers.page(1, { sender: chime, tag: '', cursor: null, limit: 10 })
    await store.broadcasts.openPage(
      wake.id,
      { cursor: null, next: page.next, pushers: ['lupino'] },
      { leaseSeconds: 0, most: 4 },
    )
    const sender = await ring()
    await waitFor(() => sender.rung.length === 1, patient)
    await waitFor(() =>
      store.broadcasts.cancel(1, name).then(
        () => false,
        () => true,
      ),
    )
  })

  it('has one leader', async () => {
    const { leases } = current().services.store
    expect(await leases.acquire('one', 'a', 5)).toBe(true)
    expect(await leases.acquire('one', 'b', 5)).toBe(false)
    expect(await leases.acquire('one', 'a', 0.01)).toBe(true)
    await waitFor(() => leases.acquire('one', 'b', 5))
  })
})

describe.skipIf(!hasPostgres || !hasRedis)('a Redis that lost everything', () => {
  it('is noticed at once, and nothing is lost', async () => {
    const backend = await openServers()
    onTestFinished(() => backend.close())
    const { services } = backend
    await addPusher(services, 'lupino', ['chime'])
    const sender = bell('chime')
    const busy = bell('other')
    const worker = await work(services, [busy])
    onTestFinished(() => worker.stop())
    for (let index = 0; index < 20; index++) await services.api(1).push('chime', 'lupino', `ding ${index}`)
    await flushAll(backend)
    const late = await work(services, [sender])
    onTestFinished(() => late.stop())
    await waitFor(() => sender.rung.length === 20, patient)
    expect(new Set(sender.rung.map(({ data }) => data)).size).toBe(20)
  })
})

async function flushAll({ redisUrl }: Backend): Promise<void> {
  const redis = new Redis(redisUrl!)
  await redis.flushall()
  redis.disconnect()
}
