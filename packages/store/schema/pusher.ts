import { sql } from 'drizzle-orm'
import { bigint, customType, index, integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core'
import type { NO_QUIET_HOURS, QuietHours } from '@carillon/contract'
import { carillon } from './carillon.ts'

const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' })

export const pushers = carillon.table(
  'pushers',
  {
    // The columns that searches read come first: Postgres finds a column by walking over those before it.
    /** The order in which rows were made. Pages walk in it, and stop at the largest value there was at their start. */
    seq: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    /** Unix seconds, as callers give it. */
    createdAt: bigint('created_at', { mode: 'number' }).notNull(),
    appId: integer('app_id').notNull(),
    id: text().notNull(),
    /** What searches look for; see `search/words.ts`. */
    words: tsvector()
      .notNull()
      .default(sql`''`),
    email: text().notNull().default(''),
    nickname: text().notNull().default(''),
    phoneNumber: text('phone_number').notNull().default(''),
    senders: text().array().notNull().default([]),
    tags: text().array().notNull().default([]),
    timezone: text().notNull().default(''),
    locale: text().notNull().default(''),
    attributes: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    /** Null: those of the app. */
    quietHours: jsonb('quiet_hours').$type<QuietHours | typeof NO_QUIET_HOURS>(),
  },
  (table) => [
    primaryKey({ columns: [table.appId, table.id] }),
    // Read backwards. A descending one would put nulls last, which is not what `desc` asks for.
    index('pushers_newest').on(table.appId, table.createdAt, table.seq),
    index('pushers_in_order').on(table.appId, table.seq),
    // A list of pending entries would make every search read it, which costs more than it spares.
    index('pushers_words').using('gin', table.words).with({ fastupdate: false }),
  ],
)

const { id, email, nickname, phoneNumber, senders, tags, createdAt, timezone, locale, attributes, quietHours } = pushers

/** The columns that make the contract's `Pusher`. */
export const pusherColumns = {
  id,
  email,
  nickname,
  phoneNumber,
  senders,
  tags,
  createdAt,
  timezone,
  locale,
  attributes,
  quietHours,
}
