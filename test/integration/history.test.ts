import { expect, it, onTestFinished } from 'vitest'
import type { Outcome, Push } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, gate, newName, work } from './bells.ts'

const inAnHour = () => ({ schedat: Math.floor(Date.now() / 1000) + 3600 })
const fail = (after: number) => () => {
  throw Object.assign(new Error('busy at lupino@example.com'), { after })
}

onEveryBackend('the history', (current) => {
  const history = () => current().services.store.history
  const api = () => current().services.api(1)

  /** A worker whose sender answers in turn, and how to push through it and look at what became of it. */
  async function ring(...answers: ((push: Push) => Outcome | Promise<Outcome>)[]) {
    const name = newName()
    const sender = bell(name, (push) => (answers[push.attempt - 1] ?? (() => {}))(push))
    await addPusher(current().services, name, [name])
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    const newest = async () => {
      const [push] = await history().list(1, { sender: name })
      return (await history().find(1, push!.id))!
    }
    const until = (state: string) =>
      waitFor(async () => ((push) => push.state === state && push)(await newest()), { what: state })
    return { name, sender, until, push: (data = 'ding', options = {}) => api().push(name, name, data, options) }
  }

  it('tells of a push that went well, with what the provider calls it', async () => {
    const { name, push, until } = await ring(() => ({ done: true, messageId: 'SM1' }))
    const pushed = await push()
    const sent = await until('sent')
    expect(sent).toMatchObject({ name: pushed, sender: name, pusher: name, broadcast: null, attempt: 1, failures: 0 })
    expect(sent).toMatchObject({ reason: null, messageId: 'SM1', finishedAt: expect.any(Number) })
    expect(sent.timeline).toEqual([
      { event: 'accepted', time: sent.acceptedAt, attempt: 0 },
      { event: 'sending', time: expect.any(Number), attempt: 1 },
      { event: 'sent', time: sent.finishedAt, attempt: 1, messageId: 'SM1' },
    ])
    expect(Math.abs(sent.acceptedAt - Date.now() / 1000)).toBeLessThan(60)
  })

  it('tells of every try that did not end it', async () => {
    const { push, until } = await ring(
      () => ({ later: 0.02, reason: 'night' }),
      fail(0.02),
      () => ({ giveUp: 'no' }),
    )
    await push()
    const { timeline, ...dead } = await until('dead')
    expect(dead).toMatchObject({ attempt: 3, failures: 1, reason: 'no' })
    const time = expect.any(Number)
    expect(timeline).toEqual([
      { event: 'accepted', time, attempt: 0 },
      { event: 'later', time, attempt: 1, dueAt: time, reason: 'night' },
      { event: 'failed', time, attempt: 2, dueAt: time, reason: 'busy at lupino@example.com' },
      { event: 'sending', time, attempt: 3 },
      { event: 'dead', time, attempt: 3, reason: 'no' },
    ])
    expect(timeline[1]!.dueAt! - timeline[1]!.time).toBeCloseTo(0.02, 2)
  })

  it('tells what was scheduled, and cancelled', async () => {
    const { name, push, until } = await ring()
    const later = inAnHour()
    await api().cancelPush(name, await push('ding', later))
    const { timeline, acceptedAt, finishedAt } = await until('cancelled')
    expect(timeline).toEqual([
      { event: 'accepted', time: acceptedAt, attempt: 0 },
      { event: 'scheduled', time: acceptedAt, attempt: 0, dueAt: later.schedat },
      { event: 'cancelled', time: finishedAt, attempt: 0 },
    ])
  })

  it('tells of pushes that no worker took in time', async () => {
    const name = newName()
    await addPusher(current().services, name, [name])
    await api().push(name, name, 'ding', { ttl: 1 })
    await waitFor(async () => (await current().services.store.pushes.expire(1000)).length > 0)
    const [dead] = await history().list(1, { sender: name })
    expect((await history().find(1, dead!.id))?.timeline.at(-1)).toMatchObject({ event: 'dead', reason: dead!.reason })
  })

  it('tells which broadcast a push came out of, and of its first try there', async () => {
    const { name, until } = await ring(() => ({ later: 0.02, reason: 'night' }))
    const broadcast = await api().pushAll(name, 'all')
    const sent = await until('sent')
    expect(sent).toMatchObject({ broadcast, attempt: 2 })
    expect(sent.timeline.map(({ event, attempt }) => [event, attempt])).toEqual([
      ['accepted', 0],
      ['later', 1],
      ['sending', 2],
      ['sent', 2],
    ])
    expect(await history().list(1, { broadcast })).toHaveLength(1)
    expect(await history().list(1, { broadcast: 'another' })).toEqual([])
  })

  it('tells of what waited when its broadcast was cancelled', async () => {
    const { name, until } = await ring(() => 3600)
    const broadcast = await api().pushAll(name, 'all')
    await waitFor(async () => (await history().list(1, { broadcast, state: 'waiting' })).length === 1)
    await api().cancelPush('pushall', broadcast)
    expect((await until('cancelled')).timeline.at(-1)).toMatchObject({ event: 'cancelled', attempt: 1 })
  })

  it('lists newest first, page by page, by what is asked for', async () => {
    const name = newName()
    for (const id of [`${name}-a`, `${name}-b`]) {
      await addPusher(current().services, id, [name])
      for (const data of ['1', '2', '3']) await api().push(name, id, data, inAnHour())
    }
    await api().cancelPush(name, (await history().list(1, { sender: name }))[0]!.name)
    const all = await history().list(1, { sender: name, size: 100 })
    expect(all.map(({ pusher }) => pusher.at(-1))).toEqual(['b', 'b', 'b', 'a', 'a', 'a'])
    const page = await history().list(1, { sender: name, after: all[1]!.id, size: 2 })
    expect(page).toEqual(all.slice(2, 4))
    expect(await history().list(1, { pusher: `${name}-a` })).toEqual(all.slice(3))
    expect(await history().list(1, { sender: name, state: 'cancelled' })).toEqual(all.slice(0, 1))
    expect(await history().list(1, { sender: name, state: 'waiting', size: 100 })).toEqual(all.slice(1))
    expect(await history().list(1, { sender: name, state: 'dead' })).toEqual([])
  })

  it('keeps apps apart', async () => {
    const { name, push, until } = await ring(() => ({ giveUp: 'no' }))
    await push()
    const { id } = await until('dead')
    expect(await history().list(2, { sender: name })).toEqual([])
    expect(await history().find(2, id)).toBeNull()
    await expect(current().services.core.replay(2, id)).rejects.toMatchObject({ code: 'push_not_found' })
    expect(await current().services.core.replayDead(2, { sender: name })).toEqual({ replayed: 0, next: null })
  })

  it('forgets a removed pusher, also what is recorded while it is', async () => {
    const hold = gate()
    const { name, sender, push, until } = await ring(fail(0.02), async () => {
      await hold.passed
      return { giveUp: 'no mailbox lupino@example.com' }
    })
    await push('lupino')
    await waitFor(() => sender.rung.length === 2)
    await api().push(name, name, 'waits', inAnHour())
    await api().removePusher(name)
    hold.open()
    const told = await waitFor(async () => {
      const pushes = await history().list(1, { sender: name })
      return pushes.every(({ finishedAt }) => finishedAt !== null) && pushes
    })
    const timelines = await Promise.all(told.map(({ id }) => history().find(1, id)))
    expect(JSON.stringify(timelines).replaceAll(`"sender":"${name}"`, '')).not.toMatch(new RegExp(`lupino|${name}"`))
    expect(timelines.map((each) => each?.timeline.map(({ event }) => event))).toEqual([
      ['accepted', 'scheduled', 'cancelled'],
      ['accepted', 'failed', 'sending', 'dead'],
    ])
    await expect(current().services.core.replay(1, (await until('cancelled')).id)).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  it('keeps no provider’s id of a push whose pusher was removed while it was sent', async () => {
    const hold = gate()
    const { sender, push, until, name } = await ring(() => hold.passed.then(() => ({ done: true, messageId: 'SM1' })))
    await push()
    await waitFor(() => sender.rung.length === 1)
    await api().removePusher(name)
    hold.open()
    expect(await until('sent')).toMatchObject({ messageId: null, pusher: '' })
  })

  it.each([
    ['sent', () => {}],
    ['failed', fail(0)],
  ])(
    'keeps nothing of a broadcast’s recipient that was removed while it was rung and then %s',
    async (_how, answer) => {
      const hold = gate()
      const { name, sender } = await ring(() => hold.passed.then(answer))
      const broadcast = await api().pushAll(name, 'all')
      await waitFor(() => sender.rung.length === 1)
      await api().removePusher(name)
      hold.open()
      const { broadcasts } = current().services.store
      const status = await waitFor(async () =>
        ((found) => found?.finishedAt && found)(await broadcasts.status(1, broadcast)),
      )
      expect(status).toMatchObject({ state: 'done', total: 1, sent: 0, skipped: 1, dead: 0 })
      expect(await broadcasts.recipients(1, broadcast, {})).toEqual([])
      expect(await history().list(1, { sender: name })).toEqual([])
    },
  )

  it('counts a broadcast’s recipients once, also those that are removed before its page is done', async () => {
    const { broadcasts, pushes } = current().services.store
    const name = newName()
    const { id } = await broadcasts.create({ app: 1, sender: name, name, data: 'all', tag: '', schedat: 0 })
    const pushers = ['sent', 'moved', 'open'].map((each) => `${name}-${each}`)
    const opened = { cursor: null, next: null, pushers }
    const page = (await broadcasts.openPage(id, opened, { leaseSeconds: 60, most: 4 }))!
    const about = { broadcast: id, page: page.id, attempt: page.attempt }
    const results = [{ is: 'sent' } as const, { is: 'later', delay: 60, reason: null } as const]
    await broadcasts.record(
      results.map((result, index) => ({ ...about, pusher: pushers[index]!, result })),
      3600,
    )
    for (const pusher of pushers) await pushes.forget(1, pusher)
    expect(await broadcasts.status(1, name)).toMatchObject({ sent: 1, skipped: 1, pending: 1 })
    expect(await broadcasts.finishPage(page)).toBe(true)
    await broadcasts.finish([id])
    expect(await broadcasts.status(1, name)).toMatchObject({ state: 'done', total: 3, sent: 1, skipped: 2, dead: 0 })
    expect(await broadcasts.recipients(1, name, {})).toEqual([])
  })
})
