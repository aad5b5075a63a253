import { bigint, integer, primaryKey, smallint, text, timestamp } from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

/** The numbers in `push_events.event`. */
export const EventNumber = { later: 0, failed: 1, dead: 2, cancelled: 3, replayed: 4 } as const

/**
 * What happened to a push that its own row does not tell: a push that is sent at the first try has
 * none. Whoever changes the row writes the event in the same statement.
 */
export const pushEvents = carillon.table(
  'push_events',
  {
    pushId: bigint('push_id', { mode: 'bigint' }).notNull(),
    id: bigint({ mode: 'bigint' }).notNull().generatedAlwaysAsIdentity(),
    event: smallint().notNull(),
    attempt: integer().notNull(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
    /** When it was to be tried again. */
    dueAt: timestamp('due_at', { withTimezone: true }),
    reason: text(),
  },
  (table) => [primaryKey({ columns: [table.pushId, table.id] })],
)
