import { bigint, index, integer, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import type { CountedOutcome } from '@carillon/contract'
import { carillon } from './carillon.ts'

/** How many pushes had each outcome, by minute. */
export const minuteCounts = carillon.table(
  'minute_counts',
  {
    appId: integer('app_id').notNull(),
    minute: timestamp({ withTimezone: true }).notNull(),
    sender: text().notNull(),
    outcome: text().$type<CountedOutcome>().notNull(),
    count: bigint({ mode: 'number' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.appId, table.minute, table.sender, table.outcome] }),
    index('minute_counts_old').on(table.minute),
  ],
)
