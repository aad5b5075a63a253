import { sql } from 'drizzle-orm'
import type { PushQuery, PushRecord } from '@carillon/contract'
import type { Database } from '../database.ts'
import { inState, matching, olderThan } from './filter.ts'
import { type PushRow, recordColumns, toRecord } from './record.ts'

const DEFAULT_SIZE = 10

/** Newest first; what has an index of its own: a pusher, a sender, a broadcast, the dead. */
export async function listPushes(db: Database, app: number, query: PushQuery): Promise<PushRecord[]> {
  const { state, after, size = DEFAULT_SIZE, ...filter } = query
  const { rows } = await db.execute<PushRow>(sql`
    select ${recordColumns}
    from carillon.pushes as p left join carillon.broadcasts as b on b.id = p.broadcast_id
    where ${matching(app, filter)} ${state === undefined ? sql`` : sql`and ${inState(state)}`} ${olderThan(after)}
    order by p.id desc limit ${size}`)
  return rows.map(toRecord)
}
