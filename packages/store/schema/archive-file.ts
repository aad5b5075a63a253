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
  uuid,
} from 'drizzle-orm/pg-core'
import type { ArchiveFile } from '@carillon/contract'
import { archives } from './archive.ts'
import { carillon } from './carillon.ts'

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
    /** Why it ended; null while it is written, or if nobody could say. */
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
