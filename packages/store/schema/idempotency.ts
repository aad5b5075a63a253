import { index, integer, primaryKey, smallint, text, timestamp } from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

/** What requests with an Idempotency-Key were answered, until the key may be used anew. */
export const idempotencyKeys = carillon.table(
  'idempotency_keys',
  {
    appId: integer('app_id').notNull(),
    key: text().notNull(),
    /** Hash of method, path and body. */
    request: text().notNull(),
    /** Who handles the request, or did: fences off one that was taken for dead. */
    holder: text().notNull(),
    /** Until then the request is being handled; without an answer by then its process has died. */
    leaseUntil: timestamp('lease_until', { withTimezone: true }).notNull(),
    /** Null until there is an answer. */
    status: smallint(),
    body: text(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.appId, table.key] }), index('idempotency_keys_expired').on(table.expiresAt)],
)
