import { and, eq, inArray, not, or, type SQL, sql } from 'drizzle-orm'
import type { Archive, ArchiveLimits, OverdueArchive } from '@carillon/contract'
import type { Database } from '../database.ts'
import { archives } from '../schema/archive.ts'
import { toArchive } from './row.ts'

const AT_ONCE = 100

export async function overdue(db: Database, { longest, empty, quiet }: ArchiveLimits): Promise<OverdueArchive[]> {
  const because = sql<OverdueArchive['because']>`case
    when ${isOlder(sql`created_at`, longest)} then 'long'
    when ${isOlder(sql`empty_since`, empty)} then 'empty'
    when automatic and ${isOlder(sql`quiet_since`, quiet)} then 'quiet' end`
  const rows = await db
    .select({ archive: archives, because })
    .from(archives)
    .where(and(inArray(archives.status, ['started', 'paused']), sql`${because} is not null`))
    .limit(AT_ONCE)
  return rows.map((row) => ({ archive: toArchive(row.archive), because: row.because }))
}

/** Of the seconds that last lines have: a file that nobody wrote to for so long is not being written any more. */
const UNTOUCHED = 3
/** Of the seconds that last lines have, for files that are being written. */
const FILES_HAVE = 10

/** Those that were closed before and not finished are among them: whoever closed them may have died. */
export async function close(db: Database, seconds: number): Promise<Archive[]> {
  const writing = sql`exists (
    select from carillon.archive_files
    where archive_id = ${archives.id} and reason is null and not (${isOlder(sql`touched_at`, seconds * UNTOUCHED)}))`
  const isLate = isOlder(sql`stopped_at`, seconds * FILES_HAVE)
  const isDone = and(isOlder(sql`stopped_at`, seconds), or(not(writing), isLate))
  const which = and(eq(archives.status, 'stopped'), isDone)
  const rows = await db
    .update(archives)
    .set({ closed: true })
    .where(inArray(archives.id, some(db, which)))
    .returning()
  return rows.map(toArchive)
}

export async function expire(db: Database, seconds: number): Promise<Archive[]> {
  await db.delete(archives).where(and(eq(archives.status, 'expired'), isOlder(sql`updated_at`, seconds)))
  const which = and(eq(archives.status, 'available'), isOlder(sql`updated_at`, seconds))
  const rows = await db
    .update(archives)
    .set({ status: 'expired', updatedAt: sql`now()` })
    .where(inArray(archives.id, some(db, which)))
    .returning()
  if (rows.length > 0) await removeContent(db, rows)
  return rows.map(toArchive)
}

async function removeContent(db: Database, rows: { id: string }[]): Promise<void> {
  const ids = sql.param(rows.map(({ id }) => id))
  await db.execute(sql`delete from carillon.archive_lines where archive_id = any(${ids}::uuid[])`)
  await db.execute(sql`delete from carillon.archive_files where archive_id = any(${ids}::uuid[])`)
}

/** In the order in which `write` locks them. */
function some(db: Database, which: SQL | undefined) {
  return db.select({ id: archives.id }).from(archives).where(which).orderBy(archives.id).limit(AT_ONCE).for('update')
}

function isOlder(column: SQL, seconds: number): SQL {
  return sql`${column} <= now() - ${seconds} * interval '1 second'`
}
