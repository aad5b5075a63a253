import { sql } from 'drizzle-orm'
import type { ArchiveLine } from '@carillon/contract'
import type { Database } from '../database.ts'

/** Lines read at a time: at most some megabytes. */
const PAGE = 500

/** The lock keeps an archive from being closed while it gets its last lines. */
export async function write(db: Database, lines: readonly ArchiveLine[]): Promise<void> {
  const column = <T>(of: (line: ArchiveLine) => T) => sql.param(lines.map(of))
  await db.execute(sql`
    with given as materialized (
      select * from unnest(
        ${column(({ app }) => app)}::int[], ${column(({ sessionId }) => sessionId)}::text[],
        ${column(({ at }) => at)}::bigint[], ${column(({ text }) => text)}::text[]
      ) with ordinality as given (app, session, at, line, nth)
    ), open as materialized (
      select id, app_id, session_id,
        floor(extract(epoch from created_at) * 1000) as since, ceil(extract(epoch from stopped_at) * 1000) as until
      from carillon.archives
      where session_id = any(array(select distinct session from given))
        and status in ('started', 'paused', 'stopped') and not closed
      order by id for share
    )
    insert into carillon.archive_lines (archive_id, at, line)
    select open.id, given.at, given.line
    from given join open on open.session_id = given.session and open.app_id = given.app
      and given.at >= open.since and (open.until is null or given.at <= open.until)
    order by given.nth`)
}

export async function* content(db: Database, id: string): AsyncIterable<string> {
  let after = { at: -1, id: -1 }
  for (;;) {
    const { rows } = await db.execute<{ at: string; id: string; line: string }>(sql`
      select at, id, line from carillon.archive_lines
      where archive_id = ${id} and (at, id) > (${after.at}::bigint, ${after.id}::bigint)
      order by at, id limit ${PAGE}`)
    const last = rows.at(-1)
    if (!last) return
    yield rows.map(({ line }) => `${line}\n`).join('')
    after = { at: Number(last.at), id: Number(last.id) }
  }
}
