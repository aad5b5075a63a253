import { sql, type SQL } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { type Condition, condition } from './condition.ts'
import type { Query } from './query.ts'
import { estimate, EXACT_TOTAL, type Total } from './total.ts'

/** The place of a pusher in the order of newest first. */
export interface Position {
  createdAt: number
  seq: number
}

/** What is wanted of the hits: `size` of them behind `after`, without the first `from`. */
export interface Slice {
  after: Position | null
  from: number
  size: number
}

/** Newest first. */
export interface Found extends Total {
  ids: string[]
}

interface Search extends Condition {
  tx: Database
  app: number
}

/** So many of the newest pushers are looked at one by one. */
const NEAR = 2000
/** Where at least one in so many is a hit, walking is cheaper than the index of words. */
const COMMON = 5
/** How far to walk for a page of something that is neither near nor rare. */
const FAR = 100_000

/**
 * Finds a page and the total, in a transaction whose planner settings it changes. Statistics tell
 * little about prefixes, phrases and what was common once, and a wrong plan costs a second at a million
 * pushers. So the newest are looked at first: where hits are common that is the page already, and their
 * share tells whether to walk on or to ask the index of words.
 */
export async function find(tx: Database, app: number, query: Query, slice: Slice): Promise<Found> {
  await steerPlanner(tx)
  const search = { tx, app, ...condition(app, query) }
  const newest = await look(search, { ...slice, after: null })
  const near = slice.after ? await look(search, slice) : newest
  if (newest.everything) return { ids: near.ids, total: newest.hits }
  const gathered = (await isVast(search, newest)) ? null : await gather(search, slice, EXACT_TOTAL + 1)
  if (gathered && gathered.hits <= EXACT_TOTAL) return { ids: gathered.ids, total: gathered.hits }
  const ids = near.everything || near.ids.length === slice.size ? near.ids : await goFar(search, slice)
  return { ids, ...(await estimate(tx, hitsOf(search))) }
}

/** Parallel workers and compiled code do not pay for a few milliseconds; of whole tables the index is always cheaper. */
async function steerPlanner(tx: Database): Promise<void> {
  await tx.execute(sql`
    select set_config(name, 'off', true) from unnest('{enable_seqscan,jit}'::text[]) as name
    union all select set_config('max_parallel_workers_per_gather', '0', true)`)
}

interface Near {
  /** There is nothing beyond. */
  everything: boolean
  hits: number
  ids: string[]
}

async function look(search: Search, { after, from, size }: Slice): Promise<Near> {
  const { rows } = await search.tx.execute<{ looked: number; hits: number; ids: string[] }>(sql`
    select count(*)::int as looked, count(*) filter (where hit)::int as hits,
      coalesce((array_agg(id order by created_at desc, seq desc) filter (where hit))[${from + 1}:${from + size}], '{}') as ids
    from (select id, created_at, seq, ${search.match} as hit from ${newest(search, after, NEAR)}) as looked`)
  const { looked = 0, hits = 0, ids = [] } = rows[0] ?? {}
  return { everything: looked < NEAR, hits, ids }
}

/** Whether there are certainly more hits than are counted. */
async function isVast(search: Search, { hits }: Near): Promise<boolean> {
  if (hits * COMMON < NEAR) return false
  const most = EXACT_TOTAL + 1
  const { rows } = await search.tx.execute<{ hits: number }>(sql`
    select count(*)::int as hits from (
      select from ${newest(search, null, most * COMMON)} where ${search.match} limit ${most}) as hits`)
  return rows[0]?.hits === most
}

/** By the index of words. The ids are those of the page only if there are fewer hits than `most`. */
async function gather(search: Search, { after, from, size }: Slice, most: number | null): Promise<{ hits: number; ids: string[] }> {
  const { rows } = await search.tx.execute<{ hits: number; ids: string[] }>(sql`
    with hits as materialized (select id, created_at, seq from (${hitsOf(search)}) as hits limit ${most})
    select (select count(*) from hits)::int as hits, array(
      select id from hits where ${behind(after)} order by created_at desc, seq desc offset ${from} limit ${size}) as ids`)
  return rows[0] ?? { hits: 0, ids: [] }
}

async function goFar(search: Search, slice: Slice): Promise<string[]> {
  const { rows } = await search.tx.execute<{ id: string }>(sql`
    select id from ${newest(search, slice.after, FAR)} where ${search.match}
    order by created_at desc, seq desc offset ${slice.from} limit ${slice.size}`)
  if (rows.length === slice.size) return rows.map(({ id }) => id)
  return (await gather(search, slice, null)).ids
}

function newest({ app, bounds }: Search, after: Position | null, most: number): SQL {
  return sql`(
    select * from carillon.pushers where app_id = ${app} and ${bounds} and ${behind(after)}
    order by created_at desc, seq desc limit ${most}) as newest`
}

/** The sum keeps the planner from walking all of an app, in whichever order. */
function hitsOf({ app, bounds, match }: Search): SQL {
  return sql`select id, created_at, seq from carillon.pushers where app_id + 0 = ${app} and ${bounds} and ${match}`
}

function behind(after: Position | null): SQL {
  return after ? sql`(created_at, seq) < (${after.createdAt}, ${after.seq})` : sql`true`
}
