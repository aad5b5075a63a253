import { bigint, index, integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core'
import { carillon } from './carillon.ts'

export const pushers = carillon.table(
  'pushers',
  {
    appId: integer('app_id').notNull(),
    id: text().notNull(),
    /** The order in which rows were made: pages walk it, and its largest value fences off newcomers. */
    seq: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    email: text().notNull().default(''),
    nickname: text().notNull().default(''),
    phoneNumber: text('phone_number').notNull().default(''),
    senders: text().array().notNull().default([]),
    tags: text().array().notNull().default([]),
    /** Unix seconds, as callers give it. */
    createdAt: bigint('created_at', { mode: 'number' }).notNull(),
    timezone: text().notNull().default(''),
    locale: text().notNull().default(''),
    attributes: jsonb().$type<Record<string, unknown>>().notNull().default({}),
  },
  (table) => [
    primaryKey({ columns: [table.appId, table.id] }),
    index('pushers_newest').on(table.appId, table.createdAt.desc(), table.seq.desc()),
    index('pushers_in_order').on(table.appId, table.seq),
  ],
)
