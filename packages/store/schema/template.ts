import { bigint, boolean, index, integer, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

/**
 * Every version of every template. Rows are only added: a push keeps the id of the newest version that its template
 * consisted of, and what was newest then is found by that id.
 */
export const templateVersions = carillon.table(
  'template_versions',
  {
    /** Grows in the order in which an app's versions are committed: who writes one locks the app's others out. */
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    appId: integer('app_id').notNull(),
    name: text().notNull(),
    sender: text().notNull(),
    /** Empty: for every locale that has no template of its own. */
    locale: text().notNull(),
    /** Counts the versions of a name, from 1. */
    version: integer().notNull(),
    /** Null: the template was removed. */
    data: text(),
    strict: boolean().notNull(),
    category: text(),
    /** Names of the partials that the data renders. */
    partials: text().array().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('template_versions_newest').on(table.appId, table.name, table.sender, table.locale, table.id),
    uniqueIndex('template_versions_number').on(table.appId, table.name, table.version),
    index('template_versions_of_app').on(table.appId, table.id),
  ],
)
