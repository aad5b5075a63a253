import { bigint, index, integer, jsonb, text, timestamp } from 'drizzle-orm/pg-core'
import { apps } from './app.ts'
import { carillon } from './carillon.ts'

/** Calls to somebody's server that are still to be made; a row goes when its call was taken or given up. */
export const callbacks = carillon.table(
  'callbacks',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    appId: integer('app_id')
      .notNull()
      .references(() => apps.id, { onDelete: 'cascade' }),
    url: text().notNull(),
    headers: jsonb().$type<Record<string, string>>().notNull(),
    body: text().notNull(),
    /** When it may be tried next; while a worker is at it, when that worker counts as dead. */
    dueAt: timestamp('due_at', { withTimezone: true }).notNull().defaultNow(),
    /** Tries begun: fences off a worker that was taken for dead. */
    attempt: integer().notNull().default(0),
    giveUpAt: timestamp('give_up_at', { withTimezone: true }).notNull(),
  },
  (table) => [index('callbacks_due').on(table.dueAt)],
)
