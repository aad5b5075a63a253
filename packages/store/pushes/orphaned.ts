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

export interface OrphanedPushes {
  orphaned: DuePush[]
  /** Where the next look goes on; null: that was all. */
  next: DuePlace | null
}

interface LookedRow extends DueRow {
  orphaned: boolean
  /** There may be more after it. */
  last: boolean
}

/** Pushes whose worker's lease ran out, among the next due ones of a sender after a place; null: from the oldest. */
export async function orphanedPushes(db: Database, sender: string, after: DuePlace | null): Promise<OrphanedPushes> {
  const beyond = after ? sql`and (due_at, id) > (${moment(after.due)}, ${after.id}::bigint)` : sql``
  const { rows } = await db.execute<LookedRow>(sql`
    select id, sender, priority, 0::float8 as delay, ${microseconds} as due, orphaned, place = ${WINDOW} as last
    from (
      select *, state = ${PushState.sending} and lease_until < now() as orphaned,
        row_number() over (order by due_at, id) as place
      from carillon.pushes where finished_at is null and sender = ${sender} and due_at <= now() ${beyond}
      order by due_at, id limit ${WINDOW}
    ) as looked
    where orphaned or place = ${WINDOW}
    order by place`)
  const last = rows.find((row) => row.last)
  return { orphaned: rows.filter((row) => row.orphaned).map(toDue), next: last ? { due: last.due, id: last.id } : null }
}
