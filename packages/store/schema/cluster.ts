import { index, integer, jsonb, primaryKey, smallint, text, timestamp } from 'drizzle-orm/pg-core'
import type { SenderReport } from '@carillon/contract'
import { carillon } from './carillon.ts'

/** Who holds each lease for what only one process may do at a time, and until when. */
export const leases = carillon.table('leases', {
  name: text().primaryKey(),
  holder: text().notNull(),
  until: timestamp({ withTimezone: true }).notNull(),
})

/** Workers that are alive; each renews its row. */
export const workers = carillon.table('workers', {
  id: text().primaryKey(),
  senders: text().array().notNull(),
  /** By sender, what the worker lacks to run it. */
  missing: jsonb().$type<Record<string, string>>().notNull().default({}),
  /** What it knows of each sender that it runs. */
  reports: jsonb().$type<SenderReport[]>().notNull().default([]),
  host: text().notNull(),
  pid: integer().notNull(),
  seenAt: timestamp('seen_at', { withTimezone: true }).notNull().defaultNow(),
})

/** While a row exists, workers claim no pushes of this app through this sender. */
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

/** The answers to requests with an Idempotency-Key, until the key may be used again. */
export const idempotencyKeys = carillon.table(
  'idempotency_keys',
  {
    appId: integer('app_id').notNull(),
    key: text().notNull(),
    /** Hash of method, path and body. */
    request: text().notNull(),
    /** The process that handles the request, or did: fences off one that was considered dead. */
    holder: text().notNull(),
    /** Until then the request is being handled; without an answer by then its process has died. */
    leaseUntil: timestamp('lease_until', { withTimezone: true }).notNull(),
    /** Null until there is an answer. */
    status: smallint(),
    body: text(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.appId, table.key] }), index('idempotency_keys_expired').on(table.expiresAt)],
)

/** Values that one process makes and all use, such as a provider's token. Secrets. */
export const sharedValues = carillon.table('shared_values', {
  name: text().primaryKey(),
  value: text().notNull(),
  madeAt: timestamp('made_at', { withTimezone: true }).notNull().defaultNow(),
})
