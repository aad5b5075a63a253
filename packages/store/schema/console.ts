import { bigint, index, integer, text, timestamp } from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

/** Who is signed in to the console. */
export const consoleSessions = carillon.table(
  'console_sessions',
  {
    /** A hash that can only be computed with the session's cookie and the account's present password. */
    hash: text().primaryKey(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [index('console_sessions_expired').on(table.expiresAt)],
)

/** Attempts to sign in to the console, by the address they come from, within a minute of the first. */
export const loginAttempts = carillon.table('login_attempts', {
  address: text().primaryKey(),
  attempts: integer().notNull(),
  since: timestamp({ withTimezone: true }).notNull().defaultNow(),
})

/** Who did what. */
export const audit = carillon.table(
  'audit',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
    account: text().notNull(),
    address: text().notNull(),
    appId: integer('app_id'),
    action: text().notNull(),
    target: text().notNull(),
    /** The error, if it was refused or failed. */
    failure: text(),
  },
  (table) => [
    index('audit_by_time').on(table.at, table.id),
    index('audit_by_account').on(table.account, table.at, table.id),
    index('audit_by_action').on(table.action, table.at, table.id),
    index('audit_by_both').on(table.account, table.action, table.at, table.id),
  ],
)
