import { and, desc, eq, exists, inArray, or, sql } from 'drizzle-orm'
import type { Archive, ArchivedStream, ArchivePage, Archives, NewArchive, Session } from '@carillon/contract'
import type { Database } from '../database.ts'
import { archives } from '../schema/archive.ts'
import { sessions } from '../schema/session.ts'
import { toSession } from '../sessions/sessions.ts'
import { close, expire, overdue } from './ages.ts'
import { archiveFiles } from './files.ts'
import { content, write } from './lines.ts'
import { archiveWith, toArchive } from './row.ts'

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
    close: (seconds) => close(db, seconds),
    content: (id) => content(db, id),
    async makeAvailable(id, { size, sha256, reason: more = '' }) {
      const reason = sql`trim(${archives.reason} || ' ' || ${more}::text)`
      const change = { status: 'available', size, sha256, reason, updatedAt: sql`now()` } as const
      const which = and(eq(archives.id, id), eq(archives.status, 'stopped'))
      const [row] = await db.update(archives).set(change).where(which).returning()
      return row ? toArchive(row) : null
    },
    expire: (seconds) => expire(db, seconds),
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
