import { sql } from 'drizzle-orm'
import { bigint, index, integer, smallint, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

/**
 * What providers reported about messages that they had accepted. Most recipients of a broadcast have no push
 * of their own, so a row is about either a push, or a broadcast's recipient. Partitioned by the day of `at`, which is the
 * provider's time, so that a repeated report meets the first one. `app_id` and `pusher` let it be erased by itself: it may
 * outlive its push by some days.
 */
export const deliveryReports = carillon.table(
  'delivery_reports',
  {
    id: bigint({ mode: 'bigint' })
      .notNull()
      .default(sql`nextval('carillon.delivery_report_ids')`),
    appId: integer('app_id').notNull(),
    pushId: bigint('push_id', { mode: 'bigint' }),
    broadcastId: bigint('broadcast_id', { mode: 'bigint' }),
    pusher: text().notNull(),
    /** An index into the contract's `reportEvents`. */
    event: smallint().notNull(),
    /** Distinguishes it from other events of its message. */
    eventId: text('event_id').notNull(),
    at: timestamp({ withTimezone: true }).notNull(),
    messageId: text('message_id'),
    reason: text(),
  },
  (table) => [
    uniqueIndex('delivery_reports_of_push')
      .on(table.pushId, table.eventId, table.at)
      .where(sql`push_id is not null`),
    uniqueIndex('delivery_reports_of_recipient')
      .on(table.broadcastId, table.pusher, table.eventId, table.at)
      .where(sql`broadcast_id is not null`),
    index('delivery_reports_of_pusher').on(table.appId, table.pusher),
  ],
)

/** Addresses that a sender does not send to. They outlive their pushers, so they are kept as hashes. */
export const suppressions = carillon.table(
  'suppressions',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    appId: integer('app_id').notNull(),
    sender: text().notNull(),
    addressHash: text('address_hash').notNull(),
    /** The address, masked. */
    shown: text().notNull(),
    reason: text().notNull(),
    since: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('suppressions_once').on(table.appId, table.sender, table.addressHash),
    index('suppressions_newest').on(table.appId, table.id),
  ],
)
