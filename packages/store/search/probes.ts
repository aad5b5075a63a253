import { type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '../database.ts'
import type { Condition } from './predicates.ts'

/** The place of a pusher in the order of newest first. */
export interface Position {
  createdAt: number
  seq: number
}

/** Which hits a page has: `size` of them behind `after`, without the first `from`. */
export interface HitSlice {
  after: Position | null
  from: number
  size: number
}

export interface Search extends Condition {
  tx: Queryable
  app: number
}

export interface ProbeResult {
  /** The probe reached the last pusher. */
  everything: boolean
  hits: number
  /** Of the slice, as far as the probe reaches. */
  ids: string[]
}

/** Reads at most `most` of the newest pushers behind `after`, whether they are hits or not. */
export async function probe(search: Search, { after, from, size }: HitSlice, most: number): Promise<ProbeResult> {
  const { rows } = await search.tx.execute<{ looked: number; hits: number; ids: string[] }>(sql`
    select count(*)::int as looked, count(*) filter (where hit)::int as hits,
      coalesce((array_agg(id order by created_at desc, seq desc) filter (where hit))[${from + 1}:${from + size}], '{}') as ids
    from (select id, created_at, seq, ${search.match} as hit from ${newest(search, after, most)}) as looked`)
  const { looked = 0, hits = 0, ids = [] } = rows[0] ?? {}
  return { everything: looked < most, hits, ids }
}

/** The ids of the slice as far as `most` pushers reach; stops when it is complete. */
export async function walkHits(search: Search, { after, from, size }: HitSlice, most: number): Promise<string[]> {
  const { rows } = await search.tx.execute<{ id: string }>(sql`
    select id from ${newest(search, after, most)} where ${search.match}
    order by created_at desc, seq desc offset ${from} limit ${size}`)
  return rows.map(({ id }) => id)
}

/** Up to `most` hits by the index of words. The ids are those of the slice if these are all. */
export async function indexHits(
  search: Search,
  slice: HitSlice,
  most: number | null,
): Promise<{ hits: number; ids: string[] }> {
  const { after, from, size } = slice
  const { rows } = await search.tx.execute<{ hits: number; ids: string[] }>(sql`
    with hits as materialized (${hitsOf(search)} limit ${most})
    select (select count(*) from hits)::int as hits, array(
      select id from hits where ${behind(after)} order by created_at desc, seq desc offset ${from} limit ${size}) as ids`)
  return rows[0] ?? { hits: 0, ids: [] }
}

export function hitsOf({ bounds, match }: Condition): SQL {
  return sql`select id, created_at, seq from carillon.pushers where ${bounds} and ${match}`
}

export function behind(after: Position | null): SQL {
  return after ? sql`(created_at, seq) < (${after.createdAt}, ${after.seq})` : sql`true`
}

function newest({ app, bounds }: Search, after: Position | null, most: number): SQL {
  return sql`(
    select * from carillon.pushers where app_id = ${app} and ${bounds} and ${behind(after)}
    order by created_at desc, seq desc limit ${most}) as newest`
}
