import type { AddressResult } from '@carillon/contract'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
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

/** The numbers in `pushes.state`. */
export const PushState = { waiting: 0, sending: 1, sent: 2, dead: 3, cancelled: 4, skipped: 5 } as const

/**
 * A push that is not finished: it waits, or is being sent. `attempt` counts claims and fences off workers that lost their
 * lease. No index covers what a claim changes, so that a claim stays a heap-only update, for which each page has room.
 */
export const pushes = carillon.table(
  'pushes',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    appId: integer('app_id').notNull(),
    sender: text().notNull(),
    name: text().notNull(),
    pusher: text().notNull(),
    data: text().notNull(),
    force: boolean().notNull().default(false),
    /** 1 high, 0 normal, -1 low. */
    priority: smallint().notNull().default(0),
    /** The broadcast it came out of, when its first attempt there did not end it. */
    broadcastId: bigint('broadcast_id', { mode: 'bigint' }),
    state: smallint().notNull().default(PushState.waiting),
    attempt: integer().notNull().default(0),
    failures: integer().notNull().default(0),
    dueAt: timestamp('due_at', { withTimezone: true }).notNull(),
    leaseUntil: timestamp('lease_until', { withTimezone: true }),
    /** When a worker claimed it last. */
    takenAt: timestamp('taken_at', { withTimezone: true }),
    /** Set by a push of the same name while this one is being sent: then it is sent once more. */
    againAt: timestamp('again_at', { withTimezone: true }),
    /** Seconds it may stay unfinished, counted from when it is due first. */
    ttl: integer().notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    /** What the caller asked for; null: at once. */
    scheduledAt: timestamp('scheduled_at', { withTimezone: true }),
    acceptedAt: timestamp('accepted_at', { withTimezone: true }).notNull().defaultNow(),
    /** Why it waits. */
    reason: text(),
    /** JSON that its last attempt hands to the next. */
    progress: text(),
    /** W3C traceparent of what accepted it, so that its trace survives the queue and every pause. */
    traceParent: text('trace_parent'),
    category: text(),
    /** Quiet hours do not defer it. */
    urgent: boolean().notNull().default(false),
    /** When it was due after quiet hours deferred it. If `due_at` is another time, something has moved it since. */
    deferredUntil: timestamp('deferred_until', { withTimezone: true }),
  },
  (table) => [
    uniqueIndex('pushes_name_once').on(table.appId, table.sender, table.name),
    index('pushes_due').on(table.sender, table.dueAt),
    index('pushes_of_pusher').on(table.appId, table.pusher, table.id),
    index('pushes_newest').on(table.appId, table.sender, table.id),
    index('pushes_of_broadcast')
      .on(table.broadcastId, table.id)
      .where(sql`broadcast_id is not null`),
    // A night may defer every recipient of a broadcast, whose page counts them again and again.
    index('pushes_deferred')
      .on(table.broadcastId, table.deferredUntil)
      .where(sql`broadcast_id is not null and deferred_until is not null`),
  ],
)

/**
 * A push that is finished. The statement that ends a push moves it here, where it is seldom changed again: an erasure
 * blanks it, and a replay moves it back. Partitioned by the day of `finished_at` (`days.ts`).
 */
export const finishedPushes = carillon.table(
  'finished_pushes',
  {
    id: bigint({ mode: 'bigint' }).notNull(),
    finishedAt: timestamp('finished_at', { withTimezone: true }).notNull().defaultNow(),
    acceptedAt: timestamp('accepted_at', { withTimezone: true }).notNull(),
    dueAt: timestamp('due_at', { withTimezone: true }).notNull(),
    scheduledAt: timestamp('scheduled_at', { withTimezone: true }),
    takenAt: timestamp('taken_at', { withTimezone: true }),
    broadcastId: bigint('broadcast_id', { mode: 'bigint' }),
    appId: integer('app_id').notNull(),
    attempt: integer().notNull(),
    failures: integer().notNull(),
    ttl: integer().notNull(),
    priority: smallint().notNull(),
    state: smallint().notNull(),
    force: boolean().notNull(),
    sender: text().notNull(),
    name: text().notNull(),
    pusher: text().notNull(),
    data: text().notNull(),
    /** Why it is dead or was skipped. */
    reason: text(),
    /** The provider's id for it. */
    messageId: text('message_id'),
    traceParent: text('trace_parent'),
    category: text(),
    urgent: boolean().notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.finishedAt] }),
    index('finished_pushes_of_pusher').on(table.appId, table.pusher, table.id),
    index('finished_pushes_newest').on(table.appId, table.sender, table.id),
    index('finished_pushes_of_broadcast')
      .on(table.broadcastId, table.id)
      .where(sql`broadcast_id is not null`),
    index('finished_pushes_dead')
      .on(table.appId, table.id)
      .where(sql`state = ${sql.raw(String(PushState.dead))} and reason is not null`),
  ],
)

/** The numbers in `push_events.event`. */
export const EventNumber = {
  later: 0,
  failed: 1,
  dead: 2,
  cancelled: 3,
  replayed: 4,
  sent: 5,
  skipped: 6,
  deferred: 7,
} as const

/**
 * What happened to a push and its own row does not hold: a push that is sent at the first attempt has no events, unless its
 * sender told what became of each address. Whoever changes the row writes the event in the same statement. Partitioned by the day of `at`.
 */
export const pushEvents = carillon.table(
  'push_events',
  {
    pushId: bigint('push_id', { mode: 'bigint' }).notNull(),
    id: bigint({ mode: 'bigint' })
      .notNull()
      .default(sql`nextval('carillon.push_event_ids')`),
    event: smallint().notNull(),
    attempt: integer().notNull(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
    /** When it was to be tried again. */
    dueAt: timestamp('due_at', { withTimezone: true }),
    reason: text(),
    /** What the attempt did at each address. */
    addresses: jsonb().$type<AddressResult[]>(),
  },
  (table) => [primaryKey({ columns: [table.pushId, table.id, table.at] })],
)
