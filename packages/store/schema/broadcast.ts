import type { AddressResult } from '@carillon/contract'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

/** The numbers in `broadcasts.state`. */
export const BroadcastState = { running: 0, paused: 1, done: 2, cancelled: 3 } as const

/** The numbers in `broadcast_recipients.outcome`. */
export const RecipientOutcome = { sent: 0, skipped: 1, moved: 2 } as const

const dayAndNumber = sql`((now() at time zone 'UTC')::date - '1970-01-01'::date)::bigint * 1000000000 + nextval('carillon.broadcast_numbers')`

/** One message to every pusher with a sender, as a cursor over the pushers. */
export const broadcasts = carillon.table(
  'broadcasts',
  {
    /** Begins with the day, as Unix days, so that the day of a recipient is known from it (`days.ts`). */
    id: bigint({ mode: 'bigint' }).primaryKey().default(dayAndNumber),
    appId: integer('app_id').notNull(),
    sender: text().notNull(),
    name: text().notNull(),
    data: text().notNull(),
    /** Empty: every pusher that has the sender. */
    tag: text().notNull().default(''),
    state: smallint().notNull().default(BroadcastState.running),
    /** Where the next page starts, in the pusher store's own terms; null at the start. */
    cursor: text(),
    /** Every page was opened. */
    exhausted: boolean().notNull().default(false),
    /** Recipients, as counted when it started; null where the pusher store cannot count. */
    total: integer(),
    totalIsEstimate: boolean('total_is_estimate').notNull().default(false),
    dueAt: timestamp('due_at', { withTimezone: true }).notNull(),
    /** When the first page was opened. */
    startedAt: timestamp('started_at', { withTimezone: true }),
    /** Since when it runs: null while it is paused. */
    runningSince: timestamp('running_since', { withTimezone: true }),
    /** Seconds it ran before its last pause. */
    ranSeconds: doublePrecision('ran_seconds').notNull().default(0),
    acceptedAt: timestamp('accepted_at', { withTimezone: true }).notNull().defaultNow(),
    finishedAt: timestamp('finished_at', { withTimezone: true }),
    /** W3C traceparent of what accepted it. */
    traceParent: text('trace_parent'),
    category: text(),
    /** Quiet hours defer none of its messages. */
    urgent: boolean().notNull().default(false),
  },
  (table) => [
    uniqueIndex('broadcasts_name_once')
      .on(table.appId, table.sender, table.name)
      .where(sql`finished_at is null`),
    index('broadcasts_open')
      .on(table.dueAt)
      .where(sql`finished_at is null`),
    index('broadcasts_newest').on(table.appId, table.id),
    index('broadcasts_by_name').on(table.appId, table.name, table.id),
  ],
)

/** The unit of work of a broadcast: a worker leases a page and sends to its pushers. */
export const broadcastPages = carillon.table(
  'broadcast_pages',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    broadcastId: bigint('broadcast_id', { mode: 'bigint' })
      .notNull()
      .references(() => broadcasts.id, { onDelete: 'cascade' }),
    /** Ids of the page's pushers, kept so that a second worker sends to exactly the same; emptied when done. */
    pushers: text().array().notNull(),
    size: integer().notNull(),
    attempt: integer().notNull().default(1),
    leaseUntil: timestamp('lease_until', { withTimezone: true }).notNull(),
    done: boolean().notNull().default(false),
    doneAt: timestamp('done_at', { withTimezone: true }),
    sent: integer().notNull().default(0),
    skipped: integer().notNull().default(0),
    moved: integer().notNull().default(0),
  },
  (table) => [
    // A large broadcast has tens of thousands of pages, of which few are open: each claim looks at those alone.
    index('broadcast_pages_open')
      .on(table.broadcastId, table.leaseUntil)
      .where(sql`not done`),
    index('broadcast_pages_of_broadcast').on(table.broadcastId),
  ],
)

/** Written once per recipient, with its outcome. Partitioned by the day of the broadcast. */
export const broadcastRecipients = carillon.table(
  'broadcast_recipients',
  {
    broadcastId: bigint('broadcast_id', { mode: 'bigint' }).notNull(),
    pusher: text().notNull(),
    outcome: smallint().notNull(),
    /** The provider's id for what was sent. */
    messageId: text('message_id'),
    /** What was done at each address. */
    addresses: jsonb().$type<AddressResult[]>(),
    /** The preference by which it was skipped. */
    reason: text(),
  },
  (table) => [
    primaryKey({ columns: [table.broadcastId, table.pusher] }),
    // The few who were not sent to, among many who were.
    index('broadcast_recipients_unsent')
      .on(table.broadcastId, table.outcome, table.pusher)
      .where(sql`outcome <> ${sql.raw(String(RecipientOutcome.sent))}`),
  ],
)
