import type { DeliveryReport, PushQuery } from '@carillon/contract'
import { silentLogger, waitFor } from '@carillon/testkit'
import { connect, type Services } from 'carillon'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freshDatabase, type FreshDatabase, hasPostgres } from '../services/database.ts'
import { addPusher, bell, newName, work } from './bells.ts'

/** As seen tomorrow, when the whole of today is over. */
const TOMORROW_S = -86_400

describe.skipIf(!hasPostgres)('the rows of the history', () => {
  let database: FreshDatabase
  let services: Services
  let client: pg.Client
  beforeAll(async () => {
    database = await freshDatabase()
    services = await connect({ databaseUrl: database.url, log: silentLogger })
    client = new pg.Client({ connectionString: database.url })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await services.close()
    await database.drop()
  })

  const count = async (table: string) =>
    Number((await client.query(`select count(*) from carillon.${table}`)).rows[0].count)
  const ended = () =>
    waitFor(async () =>
      (await services.store.history.list(1, { size: 100 })).every(({ finishedAt }) => finishedAt !== null),
    )

  it('are none for what is sent at the first try, and go with their push', async () => {
    await addPusher(services, 'lupino', ['chime'])
    const sender = bell('chime', ({ data }) => (data === 'bad' ? { giveUp: 'no' } : undefined))
    const worker = await work(services, [sender])
    onTestFinished(() => worker.stop())
    await services.api(1).push('chime', 'lupino', 'good')
    await waitFor(() => sender.rung.length === 1)
    await ended()
    expect(await count('push_events')).toBe(0)
    await services.api(1).push('chime', 'lupino', 'bad')
    await waitFor(() => sender.rung.length === 2)
    await ended()
    expect(await count('push_events')).toBe(1)
    await services.store.reports.record([delivered(sender.rung[1]!.id)])
    expect(await count('delivery_reports')).toBe(1)
    while (await services.store.history.removeDays(TOMORROW_S));
    for (const table of ['finished_pushes', 'push_events', 'delivery_reports']) expect(await count(table)).toBe(0)
  })

  it('are listed in the order in which they were accepted, whenever they ended', async () => {
    // Days ago at which each was accepted and ended; the first waited
    const times = [
      [5, 0],
      [4, 4],
      [3, 3],
      [0, 0],
    ] as const
    const insert = `
      insert into carillon.finished_pushes (id, finished_at, accepted_at, due_at, app_id, attempt, failures, ttl, priority,
        state, force, sender, name, pusher, data)
      select $1::int, now() - $3 * interval '1 day', now() - $2 * interval '1 day', now(), 7, 1, 0, 60, 0, 2, false, 'bell', 'n',
        'slow', ''`
    for (const [n, each] of times.entries()) await client.query(insert, [n + 1, ...each])
    const daysAgo = (days: number) => Date.now() / 1000 - days * 86_400
    const list = async (query: PushQuery) => (await services.store.history.list(7, query)).map(({ id }) => Number(id))
    for (const filter of [{}, { sender: 'bell' }, { pusher: 'slow' }, { state: 'sent' }] as const) {
      expect(await list(filter)).toEqual([4, 3, 2, 1])
      expect(await list({ ...filter, size: 2 })).toEqual([4, 3])
      expect(await list({ ...filter, size: 1, after: '4' })).toEqual([3])
      expect(await list({ ...filter, since: daysAgo(3.5) })).toEqual([4, 3])
      expect(await list({ ...filter, until: daysAgo(3.5) })).toEqual([2, 1])
      expect(await list({ ...filter, since: daysAgo(4.5), until: daysAgo(2.5), size: 1 })).toEqual([3])
      expect(await list({ ...filter, since: daysAgo(4.5), until: daysAgo(2.5), after: '3' })).toEqual([2])
      expect(await list({ ...filter, since: daysAgo(-1) })).toEqual([])
      expect(await list({ ...filter, until: daysAgo(9) })).toEqual([])
    }
    await client.query('delete from carillon.finished_pushes where app_id = 7')
  })

  it('leave nothing of a broadcast', async () => {
    await services.api(1).pushAll('chime', 'all')
    const sender = bell('chime')
    const worker = await work(services, [sender])
    onTestFinished(() => worker.stop())
    await waitFor(
      async () => (await client.query('select 1 from carillon.broadcasts where finished_at is not null')).rowCount,
    )
    expect(await count('broadcast_recipients')).toBe(1)
    await services.store.reports.record([delivered(sender.rung[0]!.id)])
    // As a killed worker leaves it behind: sent and reported, but not recorded
    await client.query(`insert into carillon.delivery_reports (app_id, broadcast_id, pusher, event, event_id, at)
      select app_id, broadcast_id, 'unrecorded', 0, 'e1', now() from carillon.delivery_reports`)
    expect(await count('delivery_reports')).toBe(2)
    await services.store.pushes.forget(1, 'unrecorded')
    expect(await count('delivery_reports')).toBe(1)
    await client.query(`update carillon.delivery_reports set pusher = 'unrecorded'`)
    while (await services.store.history.removeDays(TOMORROW_S));
    while (await services.store.history.removeOldBroadcasts(TOMORROW_S, 1));
    const tables = ['broadcasts', 'broadcast_pages', 'broadcast_recipients', 'delivery_reports']
    for (const table of tables) expect(await count(table)).toBe(0)
  })

  /** A push to lupino that no worker runs. */
  async function waiting() {
    const chime = newName()
    await addPusher(services, 'lupino', [chime])
    await services.api(1).push(chime, 'lupino', 'ding')
    const [push] = await services.store.history.list(1, { sender: chime })
    return push!
  }

  it('are not written of a pusher that is forgotten at that moment', async () => {
    const push = await waiting()
    await client.query('begin')
    await client.query('select from carillon.pushes where id = $1 for update', [push.id])
    await client.query(`update carillon.pushes set pusher = '' where id = $1`, [push.id])
    const recording = services.store.reports.record([delivered(push.id)])
    await waitFor(async () => (await client.query(blocked)).rowCount)
    await client.query('commit')
    await recording
    expect(await count('delivery_reports')).toBe(0)
  })

  /** Ends a push as the recorder does, but for the commit. */
  async function end(id: string) {
    await client.query('begin')
    const { rowCount } = await client.query(
      `with ended as (delete from carillon.pushes where id = $1 returning *)
      insert into carillon.finished_pushes (id, app_id, sender, name, pusher, data, force, priority, attempt, ttl, taken_at,
        accepted_at, due_at, failures, state)
      select id, app_id, sender, name, pusher, data, force, priority, attempt, ttl, taken_at, accepted_at, due_at, failures, 2 from ended`,
      [id],
    )
    expect(rowCount).toBe(1)
  }

  it('are written of a push that ends at that moment', async () => {
    const push = await waiting()
    await end(push.id)
    const recording = services.store.reports.record([{ ...delivered(push.id), time: 1_790_000_000 }])
    await waitFor(async () => (await client.query(blocked)).rowCount)
    await client.query('commit')
    await recording
    const { timeline } = (await services.store.history.find(1, push.id))!
    expect(timeline.map(({ event }) => event)).toContain('delivered')
    await client.query('delete from carillon.delivery_reports')
  })

  it('are erased of a push that ends at that moment', async () => {
    const push = await waiting()
    await end(push.id)
    const forgetting = services.store.pushes.forget(1, 'lupino')
    await waitFor(async () => (await client.query(blocked)).rowCount)
    await client.query('commit')
    await forgetting
    const { rows } = await client.query('select pusher, data from carillon.finished_pushes where id = $1', [push.id])
    expect(rows).toEqual([{ pusher: '', data: '' }])
  })

  it('are not written of a broadcast’s recipient that is forgotten at that moment', async () => {
    const { page, record } = await rung('lupino')
    await client.query('begin')
    await client.query('select from carillon.broadcast_pages where id = $1 for update', [page.id])
    await client.query(`update carillon.broadcast_pages set pushers = '{}' where id = $1`, [page.id])
    const recording = record()
    await waitFor(async () => (await client.query(blocked)).rowCount)
    await client.query('commit')
    expect((await recording).held).toEqual([false])
    expect(await count('broadcast_recipients')).toBe(0)
  })

  it('are forgotten when they are written of a broadcast’s recipient at that moment', async () => {
    const { broadcast, page } = await rung('lupino')
    await client.query('begin')
    await client.query('select from carillon.broadcast_pages where id = $1 for key share', [page.id])
    await client.query('insert into carillon.broadcast_recipients values ($1, $2, 0, null)', [broadcast, 'lupino'])
    const forgetting = services.store.pushes.forget(1, 'lupino')
    await waitFor(async () => (await client.query(blocked)).rowCount)
    await client.query('commit')
    await forgetting
    expect(await count('broadcast_recipients')).toBe(0)
    const { rows } = await client.query('select pushers, sent from carillon.broadcast_pages where id = $1', [page.id])
    expect(rows).toEqual([{ pushers: [], sent: 1 }])
  })

  /** A page with one recipient, in the hands of a worker. */
  async function rung(pusher: string) {
    const name = newName()
    const { broadcasts } = services.store
    const { id } = await broadcasts.create({ app: 1, sender: name, name, data: 'all', tag: '', schedat: 0 })
    const opened = { cursor: null, next: null, pushers: [pusher] }
    const page = (await broadcasts.openPage(id, opened, { leaseSeconds: 60, most: 4 }))!
    const row = { broadcast: id, page: page.id, attempt: page.attempt, pusher, result: { is: 'sent' } as const }
    return { broadcast: id, page, record: () => broadcasts.record([row], 3600) }
  }

  const delivered = (push: string): DeliveryReport => ({
    app: 1,
    push,
    event: 'delivered',
    id: 'e1',
    time: null,
    messageId: null,
    reason: null,
    suppress: null,
  })

  const blocked = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`

  it.each([
    ['one by one', (id: string) => services.core.replay(1, id), /same name/],
    [
      'with others',
      async (_id: string, chime: string) =>
        expect(await services.core.replayDead(1, { sender: chime })).toEqual({ replayed: 0, next: null }),
      /^$/,
    ],
  ])('stay as they are when their name is pushed while they are replayed %s', async (_how, replay, refusal) => {
    const chime = newName()
    await addPusher(services, 'lupino', [chime])
    const worker = await work(services, [bell(chime, () => ({ giveUp: 'no' }))])
    const name = await services.api(1).push(chime, 'lupino', 'bad')
    const dead = await waitFor(async () => (await services.store.history.list(1, { sender: chime, state: 'dead' }))[0])
    await worker.stop()
    await client.query('begin')
    await client.query(
      `insert into carillon.pushes (app_id, sender, name, pusher, data, ttl, due_at, expires_at)
      values (1, $2, $1, 'lupino', 'bad', 60, now(), now() + interval '60 s')`,
      [name, chime],
    )
    const replaying = replay(dead.id, chime).then(
      () => '',
      (error: Error) => error.message,
    )
    await waitFor(async () => (await client.query(blocked)).rowCount)
    await client.query('commit')
    expect(await replaying).toMatch(refusal)
  })

  /** Ten million rows would show it; the plan shows it at once. */
  it.each([
    ['the newest of a sender', `p.sender = 'chime'`, 'app_id_sender_id_idx'],
    ['the newest of a pusher', `p.pusher = 'lupino'`, 'app_id_pusher_id_idx'],
    ['the dead', `p.state = 3 and p.reason is not null`, 'app_id_id_idx'],
  ])('are found by an index of each day: %s', async (_what, condition, index) => {
    await client.query('set enable_seqscan = off; set enable_sort = off')
    const plan = await client.query(
      `explain select * from carillon.finished_pushes as p where p.app_id = 1 and ${condition} order by p.id desc limit 10`,
    )
    const text = JSON.stringify(plan.rows)
    expect(text).toContain('Merge Append')
    const days = text.match(/on finished_pushes_\w+ p/g)!
    expect(days.length).toBeGreaterThan(1)
    expect(text.match(new RegExp(`using finished_pushes_\\w+_${index} on finished_pushes_\\w+ p`, 'g'))).toHaveLength(
      days.length,
    )
  })
})
