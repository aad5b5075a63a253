import { setTimeout as pause } from 'node:timers/promises'
import { createApi } from '@carillon/api'
import { type HttpServer, listen } from '@carillon/http'
import { type CarillonClient, createClient } from '@carillon/client'
import { waitFor } from '@carillon/testkit'
import type { PusherStore, Sender } from '@carillon/contract'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, type Bell, bell, gate, newName, work } from './bells.ts'

/** Far longer than from one send to the next. */
const QUIET_MS = 3000
const patient = { timeout: 60_000 }

onEveryBackend('controlling a broadcast', (current) => {
  let api: HttpServer
  let client: CarillonClient
  beforeAll(async () => {
    const { store, ...services } = current().services
    const firstApp = await store.apps.ensureFirst({ id: 1 })
    const parts = { ...store, ...services, firstApp, pushKey: async () => '' }
    const routes = createApi({ ...parts, open: true, defaultTtl: 3600, version: '0' })
    api = await listen(routes, { host: '127.0.0.1', port: 0 })
    client = createClient({ url: `http://127.0.0.1:${api.port}` })
  })
  afterAll(async () => {
    client.close()
    await api.close(0)
  })

  async function addMany(sender: string, count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, (_, index) => `${sender}-p${index}`)
    await Promise.all(ids.map((id) => addPusher(current().services, id, [sender])))
    return ids
  }

  /** Waits until every send is recorded and none has followed for long. @returns how many there were. */
  async function untilQuiet(name: string, sender: Bell): Promise<number> {
    let busyAt = performance.now()
    return waitFor(async () => {
      const { sent } = (await client.getBroadcast(name))!
      if (sent !== sender.rung.length) busyAt = performance.now()
      return performance.now() - busyAt > QUIET_MS && sent
    }, patient)
  }

  it('pauses it soon, and goes on with each recipient once', { timeout: 240_000 }, async () => {
    const chime = newName()
    const ids = await addMany(chime, 600)
    let milliseconds = 60
    const sender = bell(chime, () => pause(milliseconds))
    const worker = await work(current().services, [sender], { concurrency: 2 })
    onTestFinished(() => worker.stop())
    const name = await client.pushAll(chime, 'x')
    await waitFor(() => sender.rung.length > 4, patient)
    await client.pauseBroadcast(name)
    await client.pauseBroadcast(name)
    expect(await client.getBroadcast(name)).toMatchObject({ state: 'pausing', eta: null })
    const rung = await untilQuiet(name, sender)
    expect(rung).toBeLessThan(500)
    milliseconds = 0
    const paused = await waitFor(async () => {
      const status = await client.getBroadcast(name)
      return status?.state === 'paused' && status
    }, patient)
    expect(paused.rate).toBeLessThan(34.5) // two at once, each of 60 ms or, by a timer that is early, 58
    expect(paused).toMatchObject({ sent: rung, total: 600, eta: null, pending: 600 - rung })
    await client.resumeBroadcast(name)
    await waitFor(async () => (await client.getBroadcast(name))?.state === 'done', patient)
    expect(sender.rung.map(({ pusher }) => pusher.id).toSorted()).toEqual(ids.toSorted())
    const over = { state: 'done', total: 600, enqueued: 600, sent: 600, pending: 0, eta: null }
    expect(await client.getBroadcast(name)).toMatchObject(over)
    await expect(client.pauseBroadcast(name)).rejects.toMatchObject({ status: 409, code: 'broadcast_done' })
    await expect(client.resumeBroadcast(name)).rejects.toMatchObject({ status: 409 })
    await expect(client.cancelBroadcast(name)).rejects.toMatchObject({ status: 409 })
  })

  /** A worker whose pages are of two pushers. */
  function workInSmallPages(sender: Sender, count = current().services.pushers.count) {
    const { pushers } = current().services
    const page: PusherStore['page'] = (app, options) => pushers.page(app, { ...options, limit: 2 })
    return work(current().services, [sender], { pushers: { ...pushers, page, ...(count && { count }) } })
  }

  it('counts its recipients at the start, and has four pages in flight however often it is pushed', async () => {
    const chime = newName()
    await addMany(chime, 20)
    const hold = gate()
    const sender = bell(chime, () => hold.passed)
    const worker = await workInSmallPages(sender)
    onTestFinished(() => worker.stop())
    const name = await client.pushAll(chime, 'x')
    await waitFor(async () => sender.rung.length === 8 && (await client.getBroadcast(name))?.total === 20)
    await client.pushAll(chime, 'x')
    await client.resumeBroadcast(name)
    await addPusher(current().services, `${chime}-other`, [chime])
    await client.push(chime, `${chime}-other`, 'after those wake-ups')
    await waitFor(() => sender.rung.length === 9)
    expect(await client.getBroadcast(name)).toMatchObject({ state: 'running', enqueued: 8, total: 20, pending: 20 })
    hold.open()
    await waitFor(async () => (await client.getBroadcast(name))?.state === 'done', patient)
    expect(await client.getBroadcast(name)).toMatchObject({ total: 20, sent: 20 })
    expect(sender.rung).toHaveLength(21)
  })

  it('goes on when its recipients cannot be counted', async () => {
    const chime = newName()
    await addMany(chime, 20)
    const hold = gate()
    const sender = bell(chime, () => hold.passed)
    const worker = await workInSmallPages(sender, () => Promise.reject(new Error('no')))
    onTestFinished(() => worker.stop())
    const name = await client.pushAll(chime, 'x')
    await waitFor(() => sender.rung.length === 8)
    expect(await client.getBroadcast(name)).toMatchObject({ total: null, pending: null, eta: null })
    hold.open()
    await waitFor(async () => (await client.getBroadcast(name))?.state === 'done', patient)
    expect(await client.getBroadcast(name)).toMatchObject({ total: 20, sent: 20 })
  })

  it('counts those with the tag', async () => {
    const chime = newName()
    await addMany(chime, 3)
    await addPusher(current().services, `${chime}-vip`, [chime], ['vip'])
    await addPusher(current().services, `${chime}-else`, [], ['vip', chime])
    const { pushers } = current().services
    expect(await pushers.count?.(1, { sender: chime, tag: '' })).toEqual({ total: 4 })
    expect(await pushers.count?.(1, { sender: chime, tag: 'vip' })).toEqual({ total: 1 })
  })

  it('wakes workers at once when it is resumed', async () => {
    const name = await client.pushAll(newName(), 'x')
    await client.pauseBroadcast(name)
    const wake = vi.spyOn(current().services.queue, 'wake')
    onTestFinished(() => wake.mockRestore())
    await client.resumeBroadcast(name)
    const { id, sender } = (await client.getBroadcast(name))!
    const wakeUp = { sender, wakeUp: { broadcast: id }, delay: 0, priority: 'low' as const }
    expect(wake.mock.calls).toEqual([[[wakeUp, wakeUp, wakeUp, wakeUp]]])
  })

  it('cancels it half-way', async () => {
    const chime = newName()
    await addMany(chime, 20)
    const hold = gate()
    const sender = bell(chime, () => hold.passed)
    const worker = await work(current().services, [sender], { concurrency: 5 })
    onTestFinished(() => worker.stop())
    const name = await client.pushAll(chime, 'x')
    await waitFor(() => sender.rung.length === 5)
    await client.cancelBroadcast(name)
    hold.open()
    expect(await client.getBroadcast(name)).toMatchObject({ state: 'cancelled', enqueued: 20, pending: 0, eta: null })
    await client.cancelBroadcast(name)
    await expect(client.pauseBroadcast(name)).rejects.toMatchObject({ status: 409, code: 'broadcast_done' })
  })

  it('tells what is not there', async () => {
    expect(await client.getBroadcast('none')).toBeNull()
    const missing = { status: 404, code: 'broadcast_not_found' }
    await expect(client.pauseBroadcast('none')).rejects.toMatchObject(missing)
    await expect(client.resumeBroadcast('none')).rejects.toMatchObject(missing)
    await expect(client.cancelBroadcast('none')).rejects.toMatchObject(missing)
  })

  it('lists the newest first, also those that are scheduled and paused', async () => {
    const chime = newName()
    const schedat = Math.floor(Date.now() / 1000) + 3600
    const names: string[] = []
    for (const data of ['a', 'b', 'c']) names.push(await client.pushAll(chime, data, { schedat, tag: 'vip' }))
    await client.pauseBroadcast(names[1]!)
    const [newest, ...older] = await client.getBroadcasts()
    expect(newest).toMatchObject({ name: names[2], sender: chime, tag: 'vip', state: 'scheduled', total: null })
    expect(newest).toMatchObject({ pending: null, rate: null, eta: null, startedAt: null, finishedAt: null })
    expect(older).toMatchObject([{ name: names[1], state: 'paused' }, { name: names[0] }, ...older.slice(2)])
    expect((await client.getBroadcasts({ after: older[0]!.id }))[0]).toMatchObject({ name: names[0] })
    await client.resumeBroadcast(names[1]!)
    expect(await client.getBroadcast(names[1]!)).toMatchObject({ state: 'scheduled' })
  })
})
