import { bigint, index, integer, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

/** Queues of Snapper's consumers, where there is no Redis. */
export const snapperQueues = carillon.table(
  'snapper_queues',
  {
    appId: integer('app_id').notNull(),
    consumer: text().notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    /** Messages that it holds. */
    size: integer().notNull().default(0),
    /** The batch under way: its id, and the ids of its messages. */
    batch: text(),
    batchMessages: bigint('batch_messages', { mode: 'number' }).array(),
  },
  (table) => [
    primaryKey({ columns: [table.appId, table.consumer] }),
    index('snapper_queues_expired').on(table.expiresAt),
  ],
)

export const snapperMessages = carillon.table(
  'snapper_messages',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    appId: integer('app_id').notNull(),
    consumer: text().notNull(),
    message: text().notNull(),
  },
  (table) => [index('snapper_messages_of_queue').on(table.appId, table.consumer, table.id)],
)

export const snapperRooms = carillon.table(
  'snapper_rooms',
  {
    appId: integer('app_id').notNull(),
    room: text().notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.appId, table.room] }), index('snapper_rooms_expired').on(table.expiresAt)],
)

/** They end with their room. */
export const snapperMembers = carillon.table(
  'snapper_members',
  {
    appId: integer('app_id').notNull(),
    room: text().notNull(),
    consumer: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.appId, table.room, table.consumer] }),
    index('snapper_members_of_consumer').on(table.appId, table.consumer),
  ],
)

export const snapperTotals = carillon.table('snapper_totals', {
  appId: integer('app_id').primaryKey(),
  producerMessages: bigint('producer_messages', { mode: 'number' }).notNull().default(0),
  consumerMessages: bigint('consumer_messages', { mode: 'number' }).notNull().default(0),
  consumers: bigint({ mode: 'number' }).notNull().default(0),
  rooms: bigint({ mode: 'number' }).notNull().default(0),
})
