import { type SQL, sql } from 'drizzle-orm'
import type { PushQuery } from '@carillon/contract'
import type { Database } from '../database.ts'

/** A push may get its id later than the time at which it was accepted, but not by that many seconds. */
export const ID_DELAY_S = 60

/** Ids between which all pushes are that were accepted in a time. */
export interface IdRange {
  from?: string | undefined
  /** Exclusive. */
  to?: string | undefined
}

/** No index has the times at which pushes were accepted, and ids follow them. */
export async function idsAcceptedIn(
  db: Database,
  { since, until }: Pick<PushQuery, 'since' | 'until'>,
): Promise<IdRange> {
  const [from, to] = await Promise.all([
    since === undefined ? undefined : idAt(db, since - ID_DELAY_S),
    until === undefined ? undefined : idAt(db, until + ID_DELAY_S),
  ])
  return { from, to }
}

/**
 * The id from which on pushes were accepted at a time or later. Halves the range in which it is, with one look-up each time:
 * twenty of them for a million pushes, forty for any number.
 * @param time unix seconds
 */
async function idAt(db: Database, time: number): Promise<string> {
  const isBefore = sql`found.accepted_at < ${new Date(time * 1000).toISOString()}::timestamptz`
  const { rows } = await db.execute<{ id: string }>(sql`
    with recursive range (low, high) as (
      select 0::bigint, greatest(${newestIn(sql`pushes`)}, ${newestIn(sql`finished_pushes`)}) + 1
      union all
      select case when ${isBefore} then found.id + 1 else low end, case when ${isBefore} then high else middle end
      from range
      cross join lateral (select (low + high) / 2 as middle) as half
      left join lateral (
        select p.id, p.accepted_at
        from (
          select id, accepted_at from carillon.pushes union all select id, accepted_at from carillon.finished_pushes
        ) as p
        where p.id >= middle and p.id < high
        order by p.id limit 1
      ) as found on true
      where low < high
    )
    select max(low) as id from range`)
  return rows[0]!.id
}

function newestIn(table: SQL): SQL {
  return sql`(select id from carillon.${table} order by id desc limit 1)`
}
