import { sql } from 'drizzle-orm'
import type { Callback } from '@carillon/contract'
import type { Database } from '../database.ts'

export interface ClaimedCallback {
  id: string
  app: number
  url: string
  headers: Record<string, string>
  body: string
  attempt: number
}

/** How many calls a worker can make now. */
interface CallbackRoom {
  most: number
  /** Of one address. */
  perUrl: number
  /** Addresses that have enough calls. */
  except: readonly string[]
}

export interface CallbackRepository {
  add(callbacks: readonly Callback[]): Promise<void>
  /** Those that are due, oldest first. */
  claim(room: CallbackRoom, leaseSeconds: number): Promise<ClaimedCallback[]>
  /** The server accepted it. */
  done(callback: ClaimedCallback): Promise<void>
  /** It failed. @returns whether it is tried again: not after its time is over */
  retry(callback: ClaimedCallback, delaySeconds: number): Promise<boolean>
  /** Whether any is due. */
  anyDue(): Promise<boolean>
  /** How many of an app's are still to be made. */
  pending(app: number): Promise<number>
}

export function callbackRepository(db: Database): CallbackRepository {
  return {
    add: (callbacks) => add(db, callbacks),
    claim: (room, leaseSeconds) => claim(db, room, leaseSeconds),
    done: (callback) => remove(db, callback),
    async retry({ id, attempt }, delaySeconds) {
      const { rowCount } = await db.execute(sql`
        update carillon.callbacks set due_at = now() + ${delaySeconds} * interval '1 second'
        where id = ${id} and attempt = ${attempt} and give_up_at > now() + ${delaySeconds} * interval '1 second'`)
      if (rowCount === 1) return true
      await remove(db, { id, attempt })
      return false
    },
    async anyDue() {
      const { rows } = await db.execute(sql`select 1 from carillon.callbacks where due_at <= now() limit 1`)
      return rows.length > 0
    },
    async pending(app) {
      const { rows } = await db.execute<{ count: number }>(sql`
        select count(*)::int as count from carillon.callbacks where app_id = ${app}`)
      return rows[0]!.count
    },
  }
}

async function add(db: Database, callbacks: readonly Callback[]): Promise<void> {
  if (callbacks.length === 0) return
  const column = <T>(of: (callback: Callback) => T) => sql.param(callbacks.map(of))
  await db.execute(sql`
    insert into carillon.callbacks (app_id, url, headers, body, give_up_at)
    select app, url, headers, body, now() + within * interval '1 second'
    from unnest(
      ${column(({ app }) => app)}::int[], ${column(({ url }) => url)}::text[],
      ${column(({ headers }) => JSON.stringify(headers))}::jsonb[], ${column(({ body }) => body)}::text[],
      ${column(({ within }) => within)}::float8[]
    ) as given (app, url, headers, body, within)`)
}

/** Due rows that one claim reads to find calls to different addresses. */
const ROWS_READ = 1000

async function claim(db: Database, { most, perUrl, except }: CallbackRoom, leaseSeconds: number) {
  const { rows } = await db.execute<ClaimedCallback & Record<string, unknown>>(sql`
    with due as (
      select id, url, due_at from carillon.callbacks
      where due_at <= now() and not (url = any(${sql.param([...except])}::text[]))
      order by due_at limit ${ROWS_READ}
    ), wanted as (
      select id from (select id, due_at, row_number() over (partition by url order by due_at, id) as nth from due) as ranked
      where nth <= ${perUrl} order by due_at limit ${most}
    ), claimable as (
      select id from carillon.callbacks
      where id = any(array(select id from wanted)) and due_at <= now() for update skip locked
    )
    update carillon.callbacks set attempt = attempt + 1, due_at = now() + ${leaseSeconds} * interval '1 second'
    where id in (select id from claimable)
    returning id, app_id as app, url, headers, body, attempt`)
  return rows.map(({ id, app, url, headers, body, attempt }) => ({ id, app, url, headers, body, attempt }))
}

async function remove(db: Database, { id, attempt }: Pick<ClaimedCallback, 'id' | 'attempt'>): Promise<void> {
  await db.execute(sql`delete from carillon.callbacks where id = ${id} and attempt = ${attempt}`)
}
