import { and, desc, eq, exists, inArray, not, or, type SQL, sql } from 'drizzle-orm'
import type {
  Archive,
  ArchivedStream,
  ArchiveLimits,
  ArchivePage,
  Archives,
  NewArchive,
  OverdueArchive,
  Session,
} from '@carillon/contract'
import { archiveFiles } from './files.ts'
import { content, write } from './lines.ts'
import type { Database } from '../database.ts'
import { archives, sessions } from '../schema/session.ts'
import { toSession } from '../sessions/sessions.ts'

const RUNNING = ['started', 'paused'] as const

export function archiveRepository(db: Database): Archives {
  return {
    files: archiveFiles(db),
    running: (app, sessionId) => listRunning(db, app, sessionId),
    concerned: (sessionIds) => concerned(db, sessionIds),
    start: (archive) => start(db, archive),
    find: (app, id) => archiveWith(db, and(eq(archives.id, id), eq(archives.appId, app))),
    list: (page) => list(db, page),
    setEmpty: (app, sessionId, empty) => setEmpty(db, app, sessionId, empty),
    setQuiet: (app, sessionId, quiet) => setQuiet(db, app, sessionId, quiet),
    addStream: (archive, stream) => setStreams(db, archive, stream.streamId, [stream]),
    removeStream: (archive, streamId) => setStreams(db, archive, streamId, []),
    async stop(app, id, reason) {
      const change = { status: 'stopped', reason, stoppedAt: sql`now()`, updatedAt: sql`now()` } as const
      const which = and(eq(archives.id, id), eq(archives.appId, app), inArray(archives.status, RUNNING))
      const [row] = await db.update(archives).set(change).where(which).returning()
      return row ? toArchive(row) : null
    },
    write: (lines) => write(db, lines),
    overdue: (limits) => overdue(db, limits),
    close: (seconds) => closeStopped(db, seconds),
    content: (id) => content(db, id),
    async makeAvailable(id, { size, sha256, reason: more = '' }) {
      const reason = sql`trim(${archives.reason} || ' ' || ${more}::text)`
      const change = { status: 'available', size, sha256, reason, updatedAt: sql`now()` } as const
      const which = and(eq(archives.id, id), eq(archives.status, 'stopped'))
      const [row] = await db.update(archives).set(change).where(which).returning()
      return row ? toArchive(row) : null
    },
    expire: (seconds) => expireAvailable(db, seconds),
    async remove(app, id) {
      const which = and(eq(archives.id, id), eq(archives.appId, app), eq(archives.status, 'available'))
      return (await db.delete(archives).where(which)).rowCount === 1
    },
  }
}

async function listRunning(db: Database, app: number, sessionId: string): Promise<Archive[]> {
  const inSession = and(eq(archives.sessionId, sessionId), eq(archives.appId, app))
  const rows = await db
    .select()
    .from(archives)
    .where(and(inSession, inArray(archives.status, RUNNING)))
  return rows.map(toArchive)
}

async function concerned(db: Database, sessionIds: readonly string[]): Promise<Session[]> {
  const runs = exists(
    db
      .select({ id: archives.id })
      .from(archives)
      .where(and(eq(archives.sessionId, sessions.id), inArray(archives.status, RUNNING))),
  )
  const ids = sql`any(${sql.param(sessionIds)}::text[])`
  const rows = await db
    .select()
    .from(sessions)
    .where(and(sql`${sessions.id} = ${ids}`, or(sessions.archived, runs)))
  return rows.map(toSession)
}

async function start(db: Database, { app, empty, quiet, ...archive }: NewArchive): Promise<Archive | null> {
  const since = (so: boolean) => (so ? sql`now()` : null)
  const values = { ...archive, appId: app, emptySince: since(empty), quietSince: since(quiet) }
  const [row] = await db.insert(archives).values(values).onConflictDoNothing().returning()
  return row ? toArchive(row) : null
}

async function list(db: Database, { app, sessionId, offset, limit }: ArchivePage) {
  const which = and(eq(archives.appId, app), sessionId === undefined ? undefined : eq(archives.sessionId, sessionId))
  const newest = [desc(archives.createdAt), desc(archives.id)]
  const rows = await db
    .select()
    .from(archives)
    .where(which)
    .orderBy(...newest)
    .limit(limit)
    .offset(offset)
  return { total: await db.$count(archives, which), archives: rows.map(toArchive) }
}

async function setEmpty(db: Database, app: number, sessionId: string, empty: boolean): Promise<Archive[]> {
  const emptySince = empty ? sql`now()` : null
  const [before, after] = empty ? (['started', 'paused'] as const) : (['paused', 'started'] as const)
  const running = runningIn(app, sessionId)
  if (!empty) await db.update(archives).set({ emptySince }).where(running)
  const rows = await db
    .update(archives)
    .set({ status: after, emptySince, updatedAt: sql`now()` })
    .where(and(running, eq(archives.status, before)))
    .returning()
  return rows.map(toArchive)
}

async function setQuiet(db: Database, app: number, sessionId: string, quiet: boolean): Promise<void> {
  const quietSince = quiet ? sql`coalesce(${archives.quietSince}, now())` : null
  await db.update(archives).set({ quietSince }).where(runningIn(app, sessionId))
}

/** In the order in which `write` locks them. */
function runningIn(app: number, sessionId: string) {
  return sql`${archives.id} in (
    select id from carillon.archives
    where session_id = ${sessionId} and app_id = ${app} and status in ('started', 'paused')
    order by id for update)`
}

async function setStreams(db: Database, { id }: Archive, streamId: string, added: ArchivedStream[]): Promise<void> {
  const others = sql`jsonb_path_query_array(streams, '$[*] ? (@.streamId != $id)', ${JSON.stringify({ id: streamId })}::jsonb)`
  await db.execute(sql`
    update carillon.archives set streams = ${others} || ${JSON.stringify(added)}::jsonb, updated_at = now()
    where id = ${id}`)
}

const AT_ONCE = 100

async function overdue(db: Database, { longest, empty, quiet }: ArchiveLimits): Promise<OverdueArchive[]> {
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

/** Seconds since the last line was written after which a file counts as no longer being written. */
const UNTOUCHED = 3
/** Of the seconds that last lines have, for files that are being written. */
const FILES_HAVE = 10

/** Archives that were closed before and not finished are among them: the process that closed them may have died. */
async function closeStopped(db: Database, seconds: number): Promise<Archive[]> {
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

async function expireAvailable(db: Database, seconds: number): Promise<Archive[]> {
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

type ArchiveRow = typeof archives.$inferSelect

async function archiveWith(db: Database, which: SQL | undefined): Promise<Archive | null> {
  const [row] = await db.select().from(archives).where(which)
  return row ? toArchive(row) : null
}

function toArchive(row: ArchiveRow): Archive {
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
