import { type SQL, sql } from 'drizzle-orm'

const KEPT = (
  'id app_id sender name pusher data force priority broadcast_id attempt ttl taken_at scheduled_at accepted_at ' +
  'trace_parent category urgent'
).split(' ')

/** What a push keeps when it ends. */
export const keptColumns = sql.raw(KEPT.join(', '))

/** The same of a push `p`. */
export const kept = sql.raw(KEPT.map((column) => `p.${column}`).join(', '))

const columns = sql.raw([...KEPT, 'due_at', 'failures', 'state', 'reason', 'message_id'].join(', '))

/**
 * Writes what ended into the history.
 * @param ended the name of rows that were deleted from `pushes`: what they kept, with `due_at`, `failures`, `state`, `reason`
 * and `message_id`
 */
export function intoHistory(ended: SQL): SQL {
  return sql`insert into carillon.finished_pushes (${columns}) select ${columns} from ${ended}`
}

/** Deletes pushes from `pushes` in the state in which they end. @param which rows with the ids of pushes */
export function endAs(state: number, which: SQL): SQL {
  return sql`
    delete from carillon.pushes as p using ${which} as ending where p.id = ending.id
    returning ${kept}, p.due_at, p.failures, ${state}::smallint as state, null as reason, null as message_id`
}
