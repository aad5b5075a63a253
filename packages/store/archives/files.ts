import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { ArchiveFile, ArchiveFiles, NewArchiveFile, PlacedPiece } from '@carillon/contract'
import type { Database } from '../database.ts'
import { archiveFiles as files, archivePieces as pieces } from '../schema/session.ts'

/** The lock keeps an archive from being closed while it gets its last pieces. */
const open = sql`status in ('started', 'paused', 'stopped') and not closed for share of a`

export function archiveFiles(db: Database): ArchiveFiles {
  return {
    begin: (archiveId, file) => begin(db, archiveId, file),
    async write(id, placed) {
      for (const one of placed) if (!(await write(db, id, one))) return false
      const last = placed.at(-1)
      if (last) await mark(db, id, last)
      return true
    },
    async end(id, reason) {
      await db.update(files).set({ reason }).where(eq(files.id, id))
    },
    list: (archiveId) => list(db, archiveId),
    content: (id) => content(db, id),
  }
}

async function begin(db: Database, archiveId: string, file: NewArchiveFile): Promise<string | null> {
  const { streamId, stream, startedAt } = file
  const { rows } = await db.execute<{ id: string }>(sql`
    with a as materialized (select id from carillon.archives a where id = ${archiveId} and ${open})
    insert into carillon.archive_files (archive_id, stream_id, stream, started_at)
    select a.id, ${streamId}::text, ${JSON.stringify(stream)}::jsonb, ${startedAt}::bigint from a returning id`)
  return rows[0]?.id ?? null
}

async function write(db: Database, id: string, { place, piece: { bytes } }: PlacedPiece): Promise<boolean> {
  const { rowCount } = await db.execute(sql`
    with f as materialized (
      select f.id from carillon.archive_files f join carillon.archives a on a.id = f.archive_id
      where f.id = ${id} and ${open}
    )
    insert into carillon.archive_pieces (file_id, place, bytes)
    select f.id, ${place}::int, ${sql.param(Buffer.from(bytes))}::bytea from f
    on conflict (file_id, place) do update set bytes = excluded.bytes`)
  return rowCount === 1
}

/** Says what there is now, of the file and of its archive. */
async function mark(db: Database, id: string, { piece: { hasAudio, hasVideo, duration } }: PlacedPiece): Promise<void> {
  await db
    .update(files)
    .set({ hasAudio, hasVideo, duration, touchedAt: sql`now()` })
    .where(eq(files.id, id))
  await db.execute(sql`
    update carillon.archives
    set has_audio = has_audio or ${hasAudio}, has_video = has_video or ${hasVideo}, updated_at = now()
    where id = (select archive_id from carillon.archive_files where id = ${id})
      and (not has_audio and ${hasAudio} or not has_video and ${hasVideo})`)
}

async function list(db: Database, archiveId: string): Promise<ArchiveFile[]> {
  const size = sql<string>`(
    select coalesce(sum(length(bytes)), 0) from carillon.archive_pieces where file_id = ${files.id})`
  const rows = await db
    .select({ file: files, size })
    .from(files)
    .where(eq(files.archiveId, archiveId))
    .orderBy(files.startedAt, files.id)
  return rows.map(({ file, size: bytes }) => ({ ...toFile(file), size: Number(bytes) }))
}

function toFile(row: typeof files.$inferSelect): Omit<ArchiveFile, 'size'> {
  const { id, streamId, stream, hasAudio, hasVideo, startedAt, duration, reason } = row
  return { id, streamId, stream, hasAudio, hasVideo, startedAt, duration, reason }
}

/** Reads one piece at a time: no reader is faster than that. */
async function* content(db: Database, id: string): AsyncIterable<Uint8Array> {
  for (let after = -1; ;) {
    const [row] = await db
      .select()
      .from(pieces)
      .where(and(eq(pieces.fileId, id), gt(pieces.place, after)))
      .orderBy(asc(pieces.place))
      .limit(1)
    if (!row) return
    yield row.bytes
    after = row.place
  }
}
