import { bigint, index, integer, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

/** Addresses that a sender leaves alone. They outlive their pushers, so they are kept as hashes. */
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
