import type { AppSettings, Outcome, PushEvent, PushStateName } from '@carillon/contract'
import type { Services } from 'carillon'
import { waitFor } from '@carillon/testkit'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { bell, newName, work } from './bells.ts'

const MINUTE_MS = 60_000

/** As UTC clocks show it. */
function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 16)
}

/** Hours that began an hour ago and end in an hour. */
function quietNow(): AppSettings {
  const now = Date.now()
  return settingsFor(now - 60 * MINUTE_MS, now + 60 * MINUTE_MS)
}

function settingsFor(from: number, to: number): AppSettings {
  return { quietHours: { from: clock(from), to: clock(to) }, timezone: 'UTC', smear: 0 }
}

/** Hours that end soon by the clock of this process, which stands still until they are to be over. */
function endingIn(seconds: number) {
  const end = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS
  const dateNow = Date.now.bind(Date)
  const spy = vi.spyOn(Date, 'now').mockReturnValue(end - seconds * 1000)
  onTestFinished(() => spy.mockRestore())
  const goOn = () => {
    const offset = end - dateNow()
    spy.mockImplementation(() => dateNow() + offset)
  }
  return { settings: settingsFor(end - 60 * MINUTE_MS, end), goOn }
}

onEveryBackend('quiet hours', (current) => {
  let name: string
  beforeEach(() => void (name = newName()))

  /** An app with these settings, whose pushers have the sender. */
  async function stage(settings: AppSettings, ids: string[] = [name]) {
    const services: Services = current().services
    const { id: app } = await services.store.apps.create({ name, settings })
    for (const id of ids) await services.pushers.set(app, id, { addSenders: [name] }, true)
    const { history, broadcasts, pushes } = services.store
    return {
      app,
      services,
      pushes,
      api: services.api(app),
      core: services.core,
      change: (changed: AppSettings) => services.store.apps.change(app, { settings: changed }),
      /** The newest push to a pusher, once it is in that state after at least so many attempts. */
      inState: (pusher: string, state: PushStateName, attempts = 0) =>
        waitFor(
          async () => {
            const [push] = await history.list(app, { sender: name, pusher, state })
            return push && push.attempt >= attempts ? push : undefined
          },
          { timeout: 40_000 },
        ),
      timeline: async (id: string): Promise<PushEvent[]> => (await history.find(app, id))!.timeline,
      list: (state?: PushStateName) => history.list(app, { sender: name, state, size: 100 }),
      status: async (broadcast: string) => (await broadcasts.status(app, broadcast))!,
      recipients: (broadcast: string) => broadcasts.recipients(app, broadcast, {}),
    }
  }

  async function working(answer: () => Outcome = () => {}, extra: Parameters<typeof bell>[2] = {}) {
    const sender = bell(name, answer, extra)
    const worker = await work(current().services, [sender], { ttl: 60 })
    onTestFinished(() => worker.stop())
    return sender
  }

  it('defer a push, say until when, and count no failure', async () => {
    const { app, api, inState, timeline, pushes, services } = await stage(quietNow())
    const sender = await working()
    await api.push(name, name, 'ding', { ttl: 60 })
    const push = await inState(name, 'waiting', 1)
    const reason = expect.stringMatching(
      /^deferred until \d\d:\d\d in UTC \(\d{4}-\S+Z\): quiet hours \d\d:\d\d to \d\d:\d\d$/,
    )
    expect(push).toMatchObject({ attempt: 1, failures: 0, reason })
    expect(push.dueAt - Date.now() / 1000).toBeGreaterThan(58 * 60)
    const events = await timeline(push.id)
    expect(events.map(({ event }) => event)).toEqual(['accepted', 'sending', 'deferred'])
    expect(events.at(-1)).toMatchObject({ reason, dueAt: push.dueAt })
    const { history } = services.store
    expect(await history.list(app, { state: 'waiting', reason: 'deferred*' })).toMatchObject([{ id: push.id }])
    expect(await history.list(app, { pusher: name, reason: 'deferred' })).toEqual([])
    expect(await pushes.makeDue(app, [name], name)).toEqual([])
    expect(sender.rung).toEqual([])
  })

  // The clock that is set makes the wake-up come too early, so the sweeper finds the push: the ttl has to last until then.
  it('end, and then the push is sent, although its ttl was over before', { timeout: 60_000 }, async () => {
    const { settings, goOn } = endingIn(10)
    const { api, inState, timeline } = await stage(settings)
    await working()
    await api.push(name, name, 'ding', { ttl: 9 })
    await inState(name, 'waiting', 1)
    goOn()
    const { id, dueAt } = await inState(name, 'sent')
    const events = await timeline(id)
    expect(events.map(({ event }) => event)).toEqual(['accepted', 'deferred', 'sending', 'sent'])
    expect(events.at(-2)!.time).toBeGreaterThanOrEqual(dueAt)
    expect(dueAt).toBe(events[1]!.dueAt)
  })

  it('let through what is urgent or of high priority, also to an idle worker', async () => {
    const { api, list } = await stage(quietNow())
    const sender = await working()
    await api.push(name, name, 'urgent', { urgent: true })
    await api.push(name, name, 'high', { priority: 'high' })
    await api.push(name, name, 'low', { priority: 'low' })
    await waitFor(async () => (await list('sent')).length === 2 && (await list('waiting'))[0]?.attempt === 1)
    // By now the worker has announced that it is idle
    await api.push(name, name, 'urgent again', { urgent: true })
    await api.push(name, name, 'plain')
    await waitFor(
      async () =>
        sender.rung.length === 3 && (await list('waiting')).filter(({ attempt }) => attempt === 1).length === 2,
    )
    expect(sender.rung.map(({ raw }) => raw).toSorted()).toEqual(['high', 'urgent', 'urgent again'])
  })

  it('are those of the pusher before those of the app, for pushes and for recipients', async () => {
    const [own, off] = [`${name}-own`, `${name}-off`]
    const { app, services, api, inState, list, status } = await stage({ timezone: 'UTC' }, [name, own, off])
    await services.pushers.set(app, own, { fields: { quietHours: quietNow().quietHours! } }, false)
    await working()
    for (const id of [name, own]) await api.push(name, id, 'ding')
    await inState(name, 'sent')
    await inState(own, 'waiting', 1)
    await services.pushers.set(app, off, { fields: { quietHours: 'off' } }, false)
    await services.store.apps.change(app, { settings: quietNow() })
    // A worker knows the settings of an app for a second
    await waitFor(async () => {
      await api.push(name, name, `ding ${Date.now()}`)
      return (await list('waiting')).some(({ pusher, attempt }) => pusher === name && attempt === 1)
    })
    const broadcast = await api.pushAll(name, 'all')
    await waitFor(async () => (await status(broadcast)).deferred === 2)
    expect(await status(broadcast)).toMatchObject({ sent: 1 })
    await api.push(name, off, 'ding')
    await inState(off, 'sent')
  })

  it('let through what a sender sends that disturbs nobody', async () => {
    const { api, inState } = await stage(quietNow())
    await working(undefined, { ignoresQuietHours: true })
    await api.push(name, name, 'ding')
    await inState(name, 'sent')
  })

  it('let through a required category, and skip at once what is switched off', async () => {
    const { app, services, api, inState } = await stage(quietNow(), [name, `${name}-off`])
    const category = { title: '', description: '', default: {} }
    await services.store.categories.put(app, { ...category, name: 'codes', required: true })
    await services.store.categories.put(app, { ...category, name: 'news', required: false })
    await services.store.preferences.change(app, `${name}-off`, [{ category: 'news', sender: null, value: 'off' }])
    const sender = await working()
    await api.push(name, name, 'code', { category: 'codes' })
    await api.push(name, `${name}-off`, 'news', { category: 'news' })
    await inState(name, 'sent')
    await inState(`${name}-off`, 'skipped')
    await api.push(name, name, 'news', { category: 'news' })
    await inState(name, 'waiting', 1)
    expect(sender.rung.map(({ raw }) => raw)).toEqual(['code'])
  })

  it('are those that hold when a push is due: new ones defer it again, and none send it', async () => {
    const { settings, goOn } = endingIn(1)
    const { api, app, inState, timeline, change, services } = await stage(settings)
    const sender = await working()
    await api.push(name, name, 'ding')
    const first = await inState(name, 'waiting', 1)
    goOn()
    await change(quietNow())
    const second = await inState(name, 'waiting', 2)
    expect(second.dueAt).toBeGreaterThan(first.dueAt + 600)
    expect((await timeline(first.id)).map(({ event }) => event)).toEqual([
      'accepted',
      'deferred',
      'sending',
      'deferred',
    ])
    expect(sender.rung).toEqual([])
    await change({ quietHours: undefined })
    await waitFor(async () => (await services.store.apps.byId(app))?.settings.quietHours === undefined)
    // The same message pushed again takes the time of the newer call
    await waitFor(async () => {
      await api.push(name, name, 'ding')
      return sender.rung.length > 0
    })
    await inState(name, 'sent')
  })

  it('let an urgent call send the push that they had deferred', async () => {
    const { api, inState } = await stage(quietNow())
    await working()
    await api.push(name, name, 'ding')
    const { id } = await inState(name, 'waiting', 1)
    await api.push(name, name, 'ding', { urgent: true })
    expect((await inState(name, 'sent')).id).toBe(id)
  })

  it('let a push through that was urgent when it is replayed', async () => {
    const { app, api, core, inState } = await stage(quietNow())
    let calls = 0
    await working(() => (++calls === 1 ? { giveUp: 'not today' } : undefined))
    await api.push(name, name, 'ding', { urgent: true })
    await core.replay(app, (await inState(name, 'dead')).id)
    await inState(name, 'sent')
  })

  it('leave the rate of the sender to what is sent', async () => {
    const { api, list } = await stage(quietNow())
    const sender = bell(name)
    const worker = await work(current().services, [sender], { rates: { [name]: { count: 1, seconds: 600 } } })
    onTestFinished(() => worker.stop())
    for (const data of ['a', 'b', 'c']) await api.push(name, name, data)
    await waitFor(async () => (await list('waiting')).filter(({ attempt }) => attempt === 1).length === 3)
    await api.push(name, name, 'urgent', { urgent: true })
    await waitFor(() => sender.rung.length === 1)
  })

  it('defer a scheduled push when it is due', async () => {
    const { api, inState, timeline } = await stage(quietNow())
    await working()
    await api.push(name, name, 'ding', { schedat: Math.ceil(Date.now() / 1000) + 1 })
    const { id, reason } = await inState(name, 'waiting', 1)
    expect(reason).toContain('deferred until')
    expect((await timeline(id)).map(({ event }) => event)).toEqual(['accepted', 'scheduled', 'sending', 'deferred'])
  })

  it('spread pushes over the time that the app sets', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `${name}-${index}`)
    const { api, list, app, services } = await stage({ ...quietNow(), smear: 600 }, ids)
    await working()
    await Promise.all(ids.map((id) => api.push(name, id, 'ding')))
    await waitFor(async () => (await list('waiting')).filter(({ attempt }) => attempt === 1).length === ids.length)
    const { to } = (await services.store.apps.byId(app))!.settings.quietHours!
    const dues = (await list()).map(({ dueAt }) => dueAt)
    expect(new Set(dues.map(Math.floor)).size).toBeGreaterThan(10)
    expect(Math.max(...dues) - Math.min(...dues)).toBeLessThan(601)
    const end = Date.now() - (Date.now() % 86_400_000) + Date.parse(`1970-01-01T${to}:00Z`)
    expect(Math.min(...dues)).toBeGreaterThanOrEqual((end < Date.now() ? end + 86_400_000 : end) / 1000)
  })

  it('leave a deferred push to be cancelled, and to be erased with its pusher', async () => {
    const { api, app, core, inState, list } = await stage(quietNow(), [name, `${name}-b`])
    await working()
    const pushed = await api.push(name, name, 'ding')
    await api.push(name, `${name}-b`, 'dong')
    await inState(name, 'waiting', 1)
    await inState(`${name}-b`, 'waiting', 1)
    await core.cancel(app, name, pushed)
    await inState(name, 'cancelled')
    await api.removePusher(`${name}-b`)
    expect((await list()).map(({ state, pusher, reason }) => [state, pusher, reason])).toEqual([
      ['cancelled', '', null],
      ['cancelled', name, null],
    ])
  })

  it('defer the recipients of a broadcast one by one, which has them as deferred until they are sent', async () => {
    const ids = ['a', 'b', 'c'].map((letter) => `${name}-${letter}`)
    const { settings, goOn } = endingIn(1)
    const { api, app, services, list, status, recipients } = await stage(settings, ids)
    await services.pushers.set(app, ids[2]!, { removeSenders: [name] }, true)
    const sender = await working()
    const broadcast = await api.pushAll(name, 'all')
    // While the first attempts go on, there is an estimate
    const waiting = await waitFor(async () => {
      const now = await status(broadcast)
      return now.deferred === 2 && now.eta === null && now
    })
    expect(waiting).toMatchObject({ state: 'running', total: 2, sent: 0, pending: 2 })
    const reason = expect.stringContaining('deferred until')
    expect(await recipients(broadcast)).toMatchObject([
      { outcome: 'moved', reason },
      { outcome: 'moved', reason },
    ])
    expect(await list('waiting')).toMatchObject([{ attempt: 1, failures: 0, broadcast }, { broadcast }])
    expect(sender.rung).toEqual([])
    goOn()
    await waitFor(async () => (await status(broadcast)).finishedAt, { timeout: 20_000 })
    expect(await status(broadcast)).toMatchObject({ state: 'done', sent: 2, dead: 0, pending: 0, deferred: 0 })
    expect(sender.rung.map(({ pusher }) => pusher.id).toSorted()).toEqual(ids.slice(0, 2))
  })

  it('let an urgent broadcast through, and what is retried of it', async () => {
    const { api, status } = await stage(quietNow())
    let calls = 0
    const sender = await working(() => (++calls === 1 ? { later: 1 } : undefined))
    const broadcast = await api.pushAll(name, 'all', { urgent: true })
    await waitFor(async () => (await status(broadcast)).finishedAt, { timeout: 20_000 })
    expect(await status(broadcast)).toMatchObject({ state: 'done', sent: 1, deferred: 0 })
    expect(sender.rung).toHaveLength(2)
  })

  it('leave a broadcast to be cancelled with those that it has deferred', async () => {
    const { api, app, core, list, status } = await stage(quietNow(), [name, `${name}-b`])
    await working()
    const broadcast = await api.pushAll(name, 'all')
    await waitFor(async () => (await status(broadcast)).deferred === 2)
    for (const { dueAt } of await list('waiting')) expect(dueAt - Date.now() / 1000).toBeGreaterThan(58 * 60)
    await core.cancel(app, 'pushall', broadcast)
    expect(await status(broadcast)).toMatchObject({ state: 'cancelled', skipped: 2, pending: 0, deferred: 0 })
    expect((await list()).map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
  })

  it('are what explain says', async () => {
    const { app, core, change } = await stage(quietNow())
    const check = async () =>
      (await core.explain(app, { pusher: name, sender: name })).checks.find((one) => one.check === 'quietHours')
    expect(await check()).toMatchObject({ state: 'waits', sentence: expect.stringContaining('set for the app') })
    await change({ quietHours: undefined })
    expect(await check()).toBeUndefined()
  })
})
