import { type SQL, sql } from 'drizzle-orm'
import { CarillonError, type PushFilter } from '@carillon/contract'
import type { Database } from '../database.ts'
import { kept, keptColumns } from '../pushes/finish.ts'
import { type PushWakeUp, priorityOf } from '../pushes/wake-up.ts'
import { EventNumber } from '../schema/push.ts'
import { isDead, matching, olderThan } from './records.ts'

export interface ReplayStep {
  wakeUps: PushWakeUp[]
  /** Where the next step goes on; null: that was all. */
  next: string | null
}

interface ReplayRow extends Record<string, unknown> {
  id: string
  sender: string
  priority: number
  dead: boolean
  replayed: boolean
}

/** Pushes of the same names may be accepted at that moment. */
const TRIES = 5

export async function replayPush(db: Database, app: number, id: string): Promise<PushWakeUp> {
  const [push] = await replay(
    db,
    sql`select p.*, ${isDead} as dead from carillon.finished_pushes as p where p.id = ${id} and p.app_id = ${app} for update`,
  )
  if (!push && !(await isUnfinished(db, app, id))) throw new CarillonError('push_not_found', `There is no push ${id}.`)
  if (!push?.dead)
    throw new CarillonError('conflict', `The push ${id} is not dead, or was erased. Only dead pushes can be replayed.`)
  if (!push.replayed)
    throw new CarillonError('conflict', `A push with the same name as ${id} is pending and will be sent anyway.`)
  return toWakeUp(push)
}

async function isUnfinished(db: Database, app: number, id: string): Promise<boolean> {
  const { rowCount } = await db.execute(sql`select from carillon.pushes where id = ${id} and app_id = ${app}`)
  return rowCount === 1
}

export async function replaySome(
  db: Database,
  app: number,
  filter: PushFilter,
  after: string | undefined,
  limit: number,
): Promise<ReplayStep> {
  const rows = await replay(
    db,
    sql`
      select p.*, true as dead from carillon.finished_pushes as p
      where ${matching(app, filter)} and ${isDead} ${olderThan(after)}
      order by p.id desc limit ${limit} for update skip locked`,
  )
  const next = rows.length < limit ? null : rows.at(-1)!.id
  return { wakeUps: rows.filter(({ replayed }) => replayed).map(toWakeUp), next }
}

/** Among dead pushes of one name the newest goes, and none while the name is pending. */
async function replay(db: Database, candidates: SQL): Promise<ReplayRow[]> {
  const statement = sql`
    with candidates as materialized (${candidates}
    ), replayable as (
      select distinct on (sender, name) id, finished_at from candidates as c
      where dead and not exists (
        select from carillon.pushes as p
        where p.app_id = c.app_id and p.sender = c.sender and p.name = c.name)
      order by sender, name, id desc
    ), back as (
      delete from carillon.finished_pushes as p using replayable as r where p.id = r.id and p.finished_at = r.finished_at
      returning ${kept}
    ), replayed as (
      insert into carillon.pushes (${keptColumns}, due_at, expires_at)
      overriding system value
      select ${keptColumns}, now(), now() + ttl * interval '1 second' from back
      returning id, attempt
    ), events as (
      insert into carillon.push_events (push_id, event, attempt)
      select id, ${EventNumber.replayed}, attempt from replayed
    )
    select c.id, c.sender, c.priority, c.dead, replayed.id is not null as replayed
    from candidates as c left join replayed using (id)
    order by c.id desc`
  return untilNameIsFree(async () => (await db.execute<ReplayRow>(statement)).rows)
}

/** When it is tried again, the statement sees the push that has the name now. */
async function untilNameIsFree<T>(run: () => Promise<T>, tries = TRIES): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (tries <= 1 || !isNameInUse(error)) throw error
    return untilNameIsFree(run, tries - 1)
  }
}

/** Postgres's `unique_violation`. */
function isNameInUse(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === '23505'
}

function toWakeUp({ id, sender, priority }: ReplayRow): PushWakeUp {
  return { id, sender, priority: priorityOf(priority), delay: 0 }
}
