import type { SQL } from 'drizzle-orm'
import type { Archive } from '@carillon/contract'
import type { Database } from '../database.ts'
import { archives } from '../schema/archive.ts'

type ArchiveRow = typeof archives.$inferSelect

export async function archiveWith(db: Database, which: SQL | undefined): Promise<Archive | null> {
  const [row] = await db.select().from(archives).where(which)
  return row ? toArchive(row) : null
}

export function toArchive(row: ArchiveRow): Archive {
  const { id, sessionId, name, outputMode, streamMode, resolution, automatic, status, reason, streams } = row
  const { appId: app, size, sha256, wantsAudio, wantsVideo, hasAudio, hasVideo } = row
  return {
    id,
    app,
    sessionId,
    name,
    outputMode,
    streamMode,
    resolution,
    automatic,
    wantsAudio,
    wantsVideo,
    hasAudio,
    hasVideo,
    status,
    reason,
    streams,
    size,
    sha256,
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
    stoppedAt: row.stoppedAt?.getTime() ?? null,
  }
}
