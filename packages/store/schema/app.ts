import { bigint, boolean, index, integer, jsonb, text, timestamp } from 'drizzle-orm/pg-core'
import type { AppSettings } from '@carillon/contract'
import { carillon } from './carillon.ts'

export const apps = carillon.table('apps', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  name: text().notNull(),
  key: text().notNull().unique(),
  v2Only: boolean('v2_only').notNull().default(false),
  enabled: boolean().notNull().default(true),
  settings: jsonb().$type<AppSettings>().notNull().default({}),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
})

/** In clear text: an HMAC secret must be known to be checked. */
export const appSecrets = carillon.table('app_secrets', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  appId: integer('app_id')
    .notNull()
    .references(() => apps.id, { onDelete: 'cascade' }),
  secret: text().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
})

/** What an app's own servers sign in with, where a protocol asks for that. Several apps may share a name. */
export const appAccounts = carillon.table('app_accounts', {
  appId: integer('app_id')
    .primaryKey()
    .references(() => apps.id, { onDelete: 'cascade' }),
  name: text().notNull(),
  passwordHash: text('password_hash').notNull(),
  /** The address that registered it. */
  requestIp: text('request_ip').notNull(),
})

/** Calls to servers of users that are still to be made. A row is removed when its call was accepted or given up. */
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
    /** When it may be tried next; while a worker makes the call, when that worker counts as dead. */
    dueAt: timestamp('due_at', { withTimezone: true }).notNull().defaultNow(),
    /** Attempts that were begun: fences off a worker that was considered dead. */
    attempt: integer().notNull().default(0),
    giveUpAt: timestamp('give_up_at', { withTimezone: true }).notNull(),
  },
  (table) => [index('callbacks_due').on(table.dueAt)],
)
