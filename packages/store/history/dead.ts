import { sql } from 'drizzle-orm'
import type { DeadGroups } from '@carillon/contract'
import type { Database } from '../database.ts'
import { isDead, seconds } from './records.ts'

/** Dead pushes that are looked at, so that the answer takes as long however many there are. */
const LOOKED_AT = 5000
const MOST_GROUPS = 50

interface GroupRow extends Record<string, unknown> {
  sender: string
  reason: string
  count: number
  newest: string
  newestAt: number
  counted: number
}

/** Counts the newest dead pushes by sender and reason. @param since unix seconds: leaves out those that died before */
export async function deadGroups(db: Database, app: number, since = 0): Promise<DeadGroups> {
  const { rows } = await db.execute<GroupRow>(sql`
    with newest as materialized (
      select p.id, p.sender, p.reason, p.finished_at from carillon.finished_pushes as p
      where p.app_id = ${app} and ${isDead} and p.finished_at >= ${new Date(since * 1000).toISOString()}
      order by p.id desc limit ${LOOKED_AT}
    )
    select sender, reason, count(*)::int as count, max(id)::text as newest, max(${seconds(sql`finished_at`)}) as "newestAt",
      (sum(count(*)) over ())::int as counted
    from newest group by sender, reason order by count desc, max(id) desc limit ${MOST_GROUPS}`)
  const counted = rows[0]?.counted ?? 0
  const groups = rows.map(({ counted: _counted, ...group }) => group)
  return { groups, counted, isAll: counted < LOOKED_AT }
}
