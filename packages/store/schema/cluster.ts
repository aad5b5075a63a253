import { integer, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

/** Who may do what only one may do at a time, until when. */
export const leases = carillon.table('leases', {
  name: text().primaryKey(),
  holder: text().notNull(),
  until: timestamp({ withTimezone: true }).notNull(),
})

/** Workers that are alive; each renews its row. */
export const workers = carillon.table('workers', {
  id: text().primaryKey(),
  senders: text().array().notNull(),
  host: text().notNull(),
  pid: integer().notNull(),
  seenAt: timestamp('seen_at', { withTimezone: true }).notNull().defaultNow(),
})

/** A row: pushes of this app through this sender are not taken. */
export const senderPauses = carillon.table(
  'sender_pauses',
  { appId: integer('app_id').notNull(), sender: text().notNull() },
  (table) => [primaryKey({ columns: [table.appId, table.sender] })],
)

/** Nonces of v2 signatures, until their request would be too old anyway. */
export const nonces = carillon.table(
  'nonces',
  {
    appId: integer('app_id').notNull(),
    nonce: text().notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.appId, table.nonce] })],
)
