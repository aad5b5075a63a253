import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '@carillon/testkit'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openServer } from '../../packages/store/open/server.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'

const store = join(import.meta.dirname, '../../packages/store')
/** Some batches of the move. */
const PUSHES = 22_000

/** Every tenth is not finished. The others ended within the last 40 days. */
const FILL = `
  insert into carillon.broadcasts (app_id, sender, name, data, due_at) values (1, 'chime', 'all', 'ding', now());
  insert into carillon.pushes
    (app_id, sender, name, pusher, data, ttl, due_at, expires_at, state, attempt, finished_at, reason, message_id)
  select 1, 'chime', 'name-' || n, 'pusher-' || n % 100, 'data-' || n, 60, now() + interval '1 hour', now() + interval '1 day',
    case when n % 10 = 0 then 0 when n % 10 = 1 then 3 else 2 end, n % 3,
    case when n % 10 > 0 then now() - n % 40 * interval '1 day' end, case when n % 10 = 1 then 'no' end, 'm' || n
  from generate_series(1, ${PUSHES}) as n order by n;
  insert into carillon.broadcast_recipients select id, 'ada', 0, null from carillon.broadcasts;
  insert into carillon.push_events (push_id, event, attempt, at, reason)
  select id, 2, 1, finished_at, 'no' from carillon.pushes where state = 3;
  insert into carillon.delivery_reports (push_id, event, event_id, at)
  select id, 0, 'e', finished_at from carillon.pushes where state = 2;
  insert into carillon.delivery_reports (broadcast_id, pusher, event, event_id, at) select id, 'ada', 0, 'e', now() from carillon.broadcasts`

describe.skipIf(!hasPostgres)('the tables of the release 0.1', () => {
  it('are moved by starts that are killed, and nothing is lost', { timeout: 120_000 }, async () => {
    const { url, client } = await releasedDatabase()
    await client.query(FILL)
    const [{ newest }] = (await client.query('select max(id) as newest from carillon.pushes')).rows
    const before = await contents(client, 'pushes')
    const left = async () => {
      const { rows } = await client.query(`select to_regclass('carillon.released_pushes') is not null as there`)
      return rows[0].there
        ? Number((await client.query('select count(*) from carillon.released_pushes')).rows[0].count)
        : 0
    }
    let kills = 0
    for (let seen = PUSHES + 1; kills === 0 || (await left()) > 0; kills++) {
      const start = spawn(process.execPath, ['--input-type=module', '-e', OPEN], {
        env: { ...process.env, DATABASE_URL: url },
      })
      const ended = once(start, 'exit')
      await waitFor(async () => start.exitCode !== null || ((await migrated(client)) && (await left()) < seen), {
        timeout: 60_000,
      })
      start.kill('SIGKILL')
      await ended
      seen = await left()
    }
    expect(kills).toBeGreaterThan(1)
    await (await openServer(url)).close()

    const after = `(
      select ${COMPARED}, null as message_id, null::timestamptz as finished_at from carillon.pushes
      union all select ${COMPARED}, message_id, finished_at from carillon.finished_pushes) as p`
    expect(await contents(client, after)).toEqual(before)
    const { rows } = await client.query(`
      select (select count(*)::int from carillon.pushes) as pushes, (select count(*)::int from carillon.push_events) as events,
        (select count(*)::int from carillon.delivery_reports where pusher = 'ada' or pusher like 'pusher-%') as reports,
        (select count(*)::int from carillon.broadcast_recipients) as recipients,
        (select count(*)::int from pg_tables where schemaname = 'carillon' and tablename like 'released%') as released,
        nextval('carillon.pushes_id_seq') > ${newest} as continues`)
    expect(rows).toEqual([
      {
        pushes: PUSHES / 10,
        events: PUSHES / 10,
        reports: PUSHES * 0.8 + 1,
        recipients: 1,
        released: 0,
        continues: true,
      },
    ])
  })
})

const OPEN = `
  const { openServer } = await import(${JSON.stringify(join(store, 'open/server.ts'))})
  await (await openServer(process.env.DATABASE_URL)).close()`

const COMPARED = 'id, app_id, sender, name, pusher, data, state, attempt, due_at, reason'

/** One value for all pushes and all that is compared of them. */
async function contents(client: pg.Client, from: string): Promise<unknown> {
  const table = from.startsWith('(') ? from : `carillon.${from}`
  const { rows } = await client.query(`
    select count(*)::int as pushes, md5(string_agg(concat_ws(' ', ${COMPARED},
      case when finished_at is not null then message_id end, finished_at), ',' order by id)) as hash
    from ${table}`)
  return rows[0]
}

async function migrated(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`select to_regclass('carillon.finished_pushes') is not null as is`)
  return rows[0].is
}

/** A database as the release has made it: its migrations alone. */
async function releasedDatabase() {
  const database = await freshDatabase()
  onTestFinished(() => database.drop())
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  onTestFinished(() => client.end())
  const folder = await mkdtemp(join(tmpdir(), 'carillon-released-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await cp(join(store, 'migrations'), folder, { recursive: true })
  const journal = join(folder, 'meta/_journal.json')
  const { entries, ...rest } = JSON.parse(await readFile(journal, 'utf8'))
  await writeFile(journal, JSON.stringify({ ...rest, entries: entries.slice(0, 2) }))
  await migrate(drizzle(client), {
    migrationsFolder: folder,
    migrationsSchema: 'carillon_migrations',
    migrationsTable: 'applied',
  })
  return { url: database.url, client }
}
