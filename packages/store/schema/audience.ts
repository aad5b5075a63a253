import { sql } from 'drizzle-orm'
import { boolean, check, integer, jsonb, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import type { Switch } from '@carillon/contract'
import { carillon } from './carillon.ts'

/** What messages are about. */
export const categories = carillon.table(
  'categories',
  {
    appId: integer('app_id').notNull(),
    name: text().notNull(),
    title: text().notNull(),
    description: text().notNull(),
    required: boolean().notNull(),
    /** By sender. */
    defaults: jsonb().$type<Record<string, Switch>>().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.appId, table.name] })],
)

/** What pushers chose. Choices for a category outlive it: somebody who switched it off does not get it when it comes again. */
export const preferences = carillon.table(
  'preferences',
  {
    appId: integer('app_id').notNull(),
    pusher: text().notNull(),
    /** Empty: of all categories. */
    category: text().notNull(),
    /** Empty: through all senders. */
    sender: text().notNull(),
    isOn: boolean('is_on').notNull(),
    since: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.appId, table.pusher, table.category, table.sender] }),
    check('preferences_about', sql`category <> '' or sender <> ''`),
  ],
)
