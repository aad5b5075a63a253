import type { AddressKind, ApnsEnvironment } from '@carillon/contract'
import { bigint, index, integer, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

/** The places at which pushers can be reached, besides mail and phone. */
export const addresses = carillon.table(
  'addresses',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    appId: integer('app_id').notNull(),
    pusher: text().notNull(),
    kind: text().$type<AddressKind>().notNull(),
    /** A secret; of a browser, its subscription as JSON. */
    token: text().notNull(),
    /** Finds the token again: tokens are too long for an index. */
    tokenHash: text('token_hash').notNull(),
    target: text().notNull().default(''),
    environment: text().$type<ApnsEnvironment | ''>().notNull().default(''),
    platform: text().notNull().default(''),
    locale: text().notNull().default(''),
    timezone: text().notNull().default(''),
    label: text().notNull().default(''),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    /** When it was registered last. */
    seenAt: timestamp('seen_at', { withTimezone: true }).notNull().defaultNow(),
    /** Since when nothing is sent to it. */
    disabledAt: timestamp('disabled_at', { withTimezone: true }),
    /** Why it is disabled. */
    reason: text(),
  },
  (table) => [
    uniqueIndex('addresses_once').on(table.appId, table.kind, table.tokenHash),
    index('addresses_of_pusher').on(table.appId, table.pusher, table.kind),
    index('addresses_unseen').on(table.seenAt),
  ],
)
