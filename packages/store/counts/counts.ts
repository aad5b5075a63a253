import { sql } from 'drizzle-orm'
import type { MinuteCount, SpanCount } from '@carillon/contract'
import type { Database } from '../database.ts'

/** Counts are kept for 30 days. */
const KEPT_S = 30 * 86_400

/** How many pushes had each outcome, by app, sender and minute. */
export interface CountRepository {
  /** Adds to the counts of the same minutes, with one statement. */
  add(counts: readonly MinuteCount[]): Promise<void>
  /**
   * The counts of an app in spans of time, those that are 0 left out.
   * @param from unix seconds of the first minute
   * @param to unix seconds: the first minute that is not counted
   * @param step seconds of a span, a multiple of 60; spans begin at multiples of it
   */
  perMinute(app: number, from: number, to: number, step: number): Promise<SpanCount[]>
  /** Removes at most `limit` of those that are older than 30 days. */
  removeOld(limit: number): Promise<void>
}

export function countRepository(db: Database): CountRepository {
  return {
    async add(counts) {
      if (counts.length > 0) await add(db, counts)
    },
    perMinute: (app, from, to, step) => perMinute(db, app, from, to, step),
    async removeOld(limit) {
      await db.execute(sql`
        delete from carillon.minute_counts where ctid = any(array(
          select ctid from carillon.minute_counts where minute < now() - ${KEPT_S} * interval '1 second'
          order by minute limit ${limit}))`)
    },
  }
}

/** In one order, so that processes that add at the same time do not wait for each other in a circle. */
async function add(db: Database, counts: readonly MinuteCount[]): Promise<void> {
  await db.execute(sql`
    insert into carillon.minute_counts as known (app_id, minute, sender, outcome, count)
    select app, to_timestamp(minute), sender, outcome, count
    from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb)
      as (app integer, minute bigint, sender text, outcome text, count bigint)
    order by app, minute, sender, outcome
    on conflict (app_id, minute, sender, outcome) do update set count = known.count + excluded.count`)
}

/** `date_part` rather than `extract`, whose numbers of any length take three times as long for the 20,000 rows of a day. */
async function perMinute(db: Database, app: number, from: number, to: number, step: number): Promise<SpanCount[]> {
  const { rows } = await db.execute<SpanCount & Record<string, unknown>>(sql`
    select sender, outcome, floor(date_part('epoch', minute) / ${step}::integer) * ${step}::integer as time,
      sum(count)::float8 as count
    from carillon.minute_counts
    where app_id = ${app} and minute >= to_timestamp(${from}::float8) and minute < to_timestamp(${to}::float8)
    group by sender, outcome, time order by time, sender, outcome`)
  return rows
}
