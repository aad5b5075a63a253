import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeDays, quietPartitions, removeDays } from '../../packages/store/days.ts'
import { openServer } from '../../packages/store/open/server.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'

const DAY_S = 86_400
const TABLES = ['broadcast_recipients', 'delivery_reports', 'finished_pushes', 'push_events']

describe.skipIf(!hasPostgres)('the partitions by day', () => {
  it('are there for today and the next two days, however many processes make them', async () => {
    const { db, partitions } = await freshDays()
    await Promise.all([makeDays(db), makeDays(db)])
    for (const table of TABLES) expect(await partitions(table)).toEqual([dayName(0), dayName(1), dayName(2)])
  })

  it('span several days where history is kept for years', async () => {
    const { db, partitions } = await freshDays()
    await makeDays(db, 600 * DAY_S)
    expect(await partitions('finished_pushes')).toEqual([0, 1, 2, 3, 13, 23].map(dayName))
  })

  it('are not needed by rows, which then are removed one by one', async () => {
    const { db, client, finish, partitions } = await freshDays()
    for (const day of [-200, -40, -20, 0, 100]) await finish(day)
    expect(await days(client, 'finished_pushes_rest')).toEqual([-200, -40, -20, 100])
    expect(await removeDays(db, 30 * DAY_S)).toBe(false)
    expect(await days(client, 'finished_pushes')).toEqual([-20, 0, 100])
    expect(await partitions('finished_pushes')).toEqual([dayName(0), dayName(1), dayName(2)])
  })

  it('are made around a day whose rows have none', async () => {
    const { db, client, finish, partitions } = await freshDays()
    await client.query(`drop table carillon.finished_pushes_${dayName(1)}, carillon.finished_pushes_${dayName(2)}`)
    await finish(1)
    await makeDays(db)
    expect(await partitions('finished_pushes')).toEqual([dayName(0), dayName(2)])
    expect(await days(client, 'finished_pushes')).toEqual([1])
  })

  it('are quiet when their day is over, or did not begin', async () => {
    const { db, client } = await freshDays()
    const [from, until] = [-3, -2].map((day) => new Date(Date.now() + day * DAY_S * 1000).toISOString().slice(0, 10))
    await client.query(`
      create table carillon.push_events_${dayName(-3)} partition of carillon.push_events
      for values from ('${from} 00:00:00+00') to ('${until} 00:00:00+00')`)
    const quiet = (await quietPartitions(db)).filter((name) => name.startsWith('push_events'))
    expect(quiet).toEqual([-3, 1, 2].map((day) => `push_events_${dayName(day)}`))
  })

  it('are dropped once all of a day is too old', async () => {
    const { db, client, finish, partitions } = await freshDays()
    await finish(0)
    expect(await removeDays(db, 0)).toBe(false)
    expect(await days(client, 'finished_pushes')).toEqual([0])
    await removeDays(db, -DAY_S)
    expect(await days(client, 'finished_pushes')).toEqual([])
    for (const table of ['delivery_reports', 'finished_pushes', 'push_events'])
      expect(await partitions(table)).toEqual([dayName(1), dayName(2)])
  })
})

async function freshDays() {
  const database = await freshDatabase()
  onTestFinished(() => database.drop())
  await (await openServer(database.url)).close()
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  onTestFinished(() => client.end())
  return {
    client,
    db: drizzle(client),
    /** Their days, oldest first. */
    async partitions(table: string): Promise<string[]> {
      const { rows } = await client.query(
        `select replace(tablename, $1, '') as day from pg_tables
        where schemaname = 'carillon' and tablename ~ ('^' || $1 || '[0-9]{8}$') order by 1`,
        [`${table}_`],
      )
      return rows.map(({ day }) => day)
    },
    /** Writes a push that ends some days from now. */
    finish: (day: number) =>
      client.query(
        `insert into carillon.finished_pushes (id, finished_at, accepted_at, due_at, app_id, attempt, failures, ttl, priority, state,
          force, sender, name, pusher, data)
        values ($1::bigint, now() + $1::bigint * interval '1 day', now(), now(), 1, 1, 0, 60, 0, 2, false, 'chime', 'name', 'lupino', 'ding')`,
        [day],
      ),
  }
}

async function days(client: pg.Client, table: string): Promise<number[]> {
  const { rows } = await client.query(`select id from carillon.${table} order by finished_at`)
  return rows.map(({ id }) => Number(id))
}

/** As in the name of its partition. */
function dayName(offset: number): string {
  return new Date(Date.now() + offset * DAY_S * 1000).toISOString().slice(0, 10).replaceAll('-', '')
}
