import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Archive, ArchiveFile } from '@carillon/contract'
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

/** Which events in an app's sessions are posted to which URL. */
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

export const archives = carillon.table(
  'archives',
  {
    id: uuid().primaryKey().defaultRandom(),
    appId: integer('app_id').notNull(),
    sessionId: text('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    name: text(),
    outputMode: text('output_mode').$type<Archive['outputMode']>().notNull(),
    streamMode: text('stream_mode').$type<Archive['streamMode']>().notNull(),
    resolution: text(),
    tag: text().notNull(),
    automatic: boolean().notNull(),
    wantsAudio: boolean('wants_audio').notNull(),
    wantsVideo: boolean('wants_video').notNull(),
    hasAudio: boolean('has_audio').notNull().default(false),
    hasVideo: boolean('has_video').notNull().default(false),
    status: text().$type<Archive['status']>().notNull().default('started'),
    reason: text().notNull().default(''),
    streams: jsonb().$type<Archive['streams']>().notNull().default([]),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
    stoppedAt: timestamp('stopped_at', { withTimezone: true }),
    /** Since when nobody is in the session. */
    emptySince: timestamp('empty_since', { withTimezone: true }),
    /** Since when nobody publishes in it. */
    quietSince: timestamp('quiet_since', { withTimezone: true }),
    /** Takes no more lines and no more media. */
    closed: boolean().notNull().default(false),
    /** Bytes. */
    size: bigint({ mode: 'number' }).notNull().default(0),
    sha256: text(),
  },
  (table) => [
    uniqueIndex('archives_running')
      .on(table.sessionId, table.tag)
      .where(sql`${table.status} in ('started', 'paused')`),
    index('archives_of_app').on(table.appId, table.createdAt),
    index('archives_of_session').on(table.sessionId),
    index('archives_unfinished')
      .on(table.id)
      .where(sql`${table.status} in ('started', 'paused', 'stopped')`),
    index('archives_aging')
      .on(table.updatedAt)
      .where(sql`${table.status} in ('available', 'expired')`),
  ],
)

/** What happened, in JSON. */
export const archiveLines = carillon.table(
  'archive_lines',
  {
    archiveId: uuid('archive_id')
      .notNull()
      .references(() => archives.id, { onDelete: 'cascade' }),
    /** Unix milliseconds of the process that saw it. */
    at: bigint({ mode: 'number' }).notNull(),
    /** Tells lines of one millisecond apart, in the order in which they came. */
    id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    line: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.archiveId, table.at, table.id] })],
)

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

/** Media of one stream. */
export const archiveFiles = carillon.table(
  'archive_files',
  {
    id: uuid().primaryKey().defaultRandom(),
    archiveId: uuid('archive_id')
      .notNull()
      .references(() => archives.id, { onDelete: 'cascade' }),
    streamId: text('stream_id').notNull(),
    stream: jsonb().$type<ArchiveFile['stream']>().notNull(),
    hasAudio: boolean('has_audio').notNull().default(false),
    hasVideo: boolean('has_video').notNull().default(false),
    /** Unix milliseconds of the process that recorded it. */
    startedAt: bigint('started_at', { mode: 'number' }).notNull(),
    /** Milliseconds. */
    duration: integer().notNull().default(0),
    /** Why it ended; null while it is written, or if the reason is unknown. */
    reason: text(),
    /** When something was written last. */
    touchedAt: timestamp('touched_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('archive_files_of_archive').on(table.archiveId, table.startedAt)],
)

/** The bytes of a file, a part in each. */
export const archivePieces = carillon.table(
  'archive_pieces',
  {
    fileId: uuid('file_id')
      .notNull()
      .references(() => archiveFiles.id, { onDelete: 'cascade' }),
    place: integer().notNull(),
    bytes: bytea().notNull(),
  },
  (table) => [primaryKey({ columns: [table.fileId, table.place] })],
)
