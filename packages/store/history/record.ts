import { type SQL, sql } from 'drizzle-orm'
import { type PushRecord, pushStates } from '@carillon/contract'
import { reason } from './reason.ts'

export interface PushRow extends Omit<PushRecord, 'state'>, Record<string, unknown> {
  state: number
  scheduledAt: number | null
  takenAt: number | null
}

/** What is told of a push `p` out of the broadcast `b`. */
export const recordColumns = sql`
  p.id, p.name, p.sender, p.pusher, b.name as broadcast, p.state, p.attempt, p.failures, ${reason} as reason,
  p.message_id as "messageId", ${seconds(sql`p.accepted_at`)} as "acceptedAt", ${seconds(sql`p.due_at`)} as "dueAt",
  ${seconds(sql`p.finished_at`)} as "finishedAt", ${seconds(sql`p.scheduled_at`)} as "scheduledAt",
  ${seconds(sql`p.taken_at`)} as "takenAt"`

/** Unix seconds, to the millisecond. */
export function seconds(time: SQL): SQL {
  return sql`round(extract(epoch from ${time}), 3)::float8`
}

/** The names stand in the order of the numbers in `PushState`. */
export function toRecord({ scheduledAt: _scheduled, takenAt: _taken, ...row }: PushRow): PushRecord {
  return { ...row, state: pushStates[row.state]! }
}
