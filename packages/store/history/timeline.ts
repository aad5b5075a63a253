import { sql } from 'drizzle-orm'
import type { AddressResult, PushEvent, PushEventName, PushHistory } from '@carillon/contract'
import type { Database } from '../database.ts'
import { EventNumber, PushState } from '../schema/push.ts'
import { reportsOf } from '../reports/reports.ts'
import { allPushes, type PushRow, recordColumns, seconds, toRecord } from './records.ts'

/** A sender that asks to be called again every minute writes thousands of events; the newest are enough. */
const MOST_EVENTS = 1000

interface EventRow extends Record<string, unknown> {
  event: number
  attempt: number
  time: number
  dueAt: number | null
  reason: string | null
  addresses: AddressResult[] | null
}

/** A push with its timeline. Null when there is none. */
export async function findPush(db: Database, app: number, id: string): Promise<PushHistory | null> {
  const { rows } = await db.execute<PushRow>(sql`
    select ${recordColumns}
    from ${allPushes}
    where p.id = ${id} and p.app_id = ${app}`)
  const [row] = rows
  if (!row) return null
  const own = withAddresses(eventsOfRow(row), await eventsOf(db, id))
  const reported = (await reportsOf(db, id)).map((report) => ({ ...report, attempt: row.attempt }))
  return { ...toRecord(row), timeline: inOrder(own, reported) }
}

/** Providers round down to whole seconds, so a report comes after everything else that happened within its second. */
function inOrder(own: PushEvent[], reported: PushEvent[]): PushEvent[] {
  const placed = [
    ...own.map((event) => [event.time, event] as const),
    ...reported.map((event) => [endOfSecond(event.time), event] as const),
  ]
  return placed.toSorted(([a, first], [b, second]) => a - b || first.attempt - second.attempt).map(([, event]) => event)
}

function endOfSecond(time: number): number {
  return Math.floor(time) + 0.9995
}

/** The events that the row itself holds, in the order in which they happen within one millisecond. */
function eventsOfRow({
  state,
  attempt,
  messageId,
  acceptedAt,
  scheduledAt,
  takenAt,
  finishedAt,
}: PushRow): PushEvent[] {
  const events: PushEvent[] = [{ event: 'accepted', time: acceptedAt, attempt: 0 }]
  if (scheduledAt !== null) events.push({ event: 'scheduled', time: acceptedAt, attempt: 0, dueAt: scheduledAt })
  if (takenAt !== null) events.push({ event: 'sending', time: takenAt, attempt })
  if (state === PushState.sent && finishedAt !== null)
    events.push({ event: 'sent', time: finishedAt, attempt, ...(messageId !== null && { messageId }) })
  return events
}

/** That a push was sent is in its row; where it was sent to addresses there is an event of it too. */
function withAddresses(ofRow: PushEvent[], events: PushEvent[]): PushEvent[] {
  const sent = events.find(({ event }) => event === 'sent')
  const merged = ofRow.map((event) => (event.event === 'sent' ? { ...sent, ...event } : event))
  return [...merged, ...events.filter((event) => event !== sent)]
}

async function eventsOf(db: Database, push: string): Promise<PushEvent[]> {
  const { rows } = await db.execute<EventRow>(sql`
    select event, attempt, reason, addresses, ${seconds(sql`at`)} as time, ${seconds(sql`due_at`)} as "dueAt"
    from carillon.push_events where push_id = ${push} order by id desc limit ${MOST_EVENTS}`)
  return rows.toReversed().map(toEvent)
}

const NAMES = new Map<number, PushEventName>(
  Object.entries(EventNumber).map(([name, number]) => [number, name as PushEventName] as const),
)

function toEvent({ event, time, attempt, dueAt, reason, addresses }: EventRow): PushEvent {
  return {
    event: NAMES.get(event)!,
    time,
    attempt,
    ...(dueAt !== null && { dueAt }),
    ...(reason !== null && { reason }),
    ...(addresses !== null && { addresses }),
  }
}
