import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, smallint, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

/** The numbers in `pushes.state`. */
export const PushState = { waiting: 0, sending: 1, sent: 2, dead: 3, cancelled: 4 } as const

/**
 * One message to one pusher. `attempt` counts takings and fences off those who lost their lease;
 * `finished_at` rather than `state` stands in the index predicates, so that taking a row stays a
 * heap-only update.
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
    /** The broadcast it came out of, when its first try there did not end it. */
    broadcastId: bigint('broadcast_id', { mode: 'bigint' }),
    state: smallint().notNull().default(PushState.waiting),
    attempt: integer().notNull().default(0),
    failures: integer().notNull().default(0),
    dueAt: timestamp('due_at', { withTimezone: true }).notNull(),
    leaseUntil: timestamp('lease_until', { withTimezone: true }),
    /** Set by a push of the same name while this one is being sent: send once more then. */
    againAt: timestamp('again_at', { withTimezone: true }),
    /** Seconds it may stay unfinished, counted from when it is due first. */
    ttl: integer().notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    acceptedAt: timestamp('accepted_at', { withTimezone: true }).notNull().defaultNow(),
    finishedAt: timestamp('finished_at', { withTimezone: true }),
    /** Why it waits, or why it is dead. */
    reason: text(),
  },
  (table) => [
    uniqueIndex('pushes_name_once')
      .on(table.appId, table.sender, table.name)
      .where(sql`finished_at is null`),
    index('pushes_due')
      .on(table.sender, table.dueAt)
      .where(sql`finished_at is null`),
    index('pushes_of_pusher').on(table.appId, table.pusher),
    index('pushes_of_broadcast')
      .on(table.broadcastId)
      .where(sql`broadcast_id is not null and finished_at is null`),
    // Not `state` too: it changes with every taking, and would make that an update of all indexes
    index('pushes_ended_of_broadcast')
      .on(table.broadcastId)
      .where(sql`broadcast_id is not null and finished_at is not null`),
  ],
)
