import { sql } from 'drizzle-orm'
import { PushState } from '../schema/push.ts'
import type { Database } from '../database.ts'
import { type DuePush, type DueRow, microseconds, type Moment, moment, toDue } from './due.ts'

/** Rows that one look reads. An index on leases would be written with each taking, and all the others with it. */
const WINDOW = 20_000

/** A row's place among those of its sender that are due. */
export interface DuePlace {
  due: Moment
  id: string
}

export interface LeftPushes {
  left: DuePush[]
  /** Where the next look goes on; null: that was all. */
  next: DuePlace | null
}

interface LookedRow extends DueRow {
  left: boolean
  /** There may be more after it. */
  last: boolean
}

/** Pushes whose worker's lease ran out, among the next due ones of a sender after a place; null: from the oldest. */
export async function leftPushes(db: Database, sender: string, after: DuePlace | null): Promise<LeftPushes> {
  const beyond = after ? sql`and (due_at, id) > (${moment(after.due)}, ${after.id}::bigint)` : sql``
  const { rows } = await db.execute<LookedRow>(sql`
    select id, sender, priority, 0::float8 as delay, ${microseconds} as due, "left", place = ${WINDOW} as last
    from (
      select *, state = ${PushState.sending} and lease_until < now() as "left",
        row_number() over (order by due_at, id) as place
      from carillon.pushes where finished_at is null and sender = ${sender} and due_at <= now() ${beyond}
      order by due_at, id limit ${WINDOW}
    ) as looked
    where "left" or place = ${WINDOW}
    order by place`)
  const last = rows.find((row) => row.last)
  return { left: rows.filter((row) => row.left).map(toDue), next: last ? { due: last.due, id: last.id } : null }
}
