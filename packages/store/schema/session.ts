import { boolean, index, integer, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { apps } from './app.ts'
import { carillon } from './carillon.ts'

/** Places where clients meet; never changed. */
export const sessions = carillon.table('sessions', {
  id: text().primaryKey(),
  appId: integer('app_id')
    .notNull()
    .references(() => apps.id, { onDelete: 'cascade' }),
  location: text().notNull(),
  relayed: boolean().notNull(),
  /** Whenever someone is in it. */
  archived: boolean().notNull(),
  archiveName: text('archive_name'),
  archiveResolution: text('archive_resolution'),
  e2ee: boolean().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
})

/** Which happenings in an app's sessions are posted where. */
export const sessionCallbacks = carillon.table(
  'session_callbacks',
  {
    id: uuid().primaryKey().defaultRandom(),
    appId: integer('app_id')
      .notNull()
      .references(() => apps.id, { onDelete: 'cascade' }),
    group: text().notNull(),
    event: text().notNull(),
    url: text().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('session_callbacks_of_app').on(table.appId)],
)
