import { type SQL, sql } from 'drizzle-orm'
import { CarillonError } from '@carillon/contract'
import type { Database, Queryable } from '../database.ts'
import { condition } from './predicates.ts'
import { indexHits, hitsOf, probe, type ProbeResult, type Search, type HitSlice, walkHits } from './probes.ts'
import type { SearchQuery } from './query.ts'
import { estimateOf, EXACT_TOTAL, expectedRows, type Total } from './total.ts'

/** Newest first. */
interface Found extends Total {
  ids: string[]
}

/** How many of the newest pushers the first probe reads. */
const NEAR = 1000
/** With at least this many hits among them, their share counts as representative. */
const TELLING = 5
/** If at least one pusher in this many is a hit, a walk is cheaper than the index of words. */
const COMMON = 5
/** How many pushers a walk may read. */
const FAR = 50_000
/** Bounds with at most this many pushers are walked through where the words are in more. */
const NARROW = 100_000

/**
 * Finds a page of hits and their total. Call it in a transaction of `inSearch`.
 *
 * Statistics tell little about prefixes, phrases and what was common once, and a wrong plan costs a second at a million
 * pushers. The search therefore probes the newest pushers first. Where hits are common, the probe already has the page;
 * elsewhere the share of hits tells whether to walk on or to ask the index of words.
 */
export async function find(tx: Queryable, app: number, query: SearchQuery, slice: HitSlice): Promise<Found> {
  const search = { tx, app, ...condition(app, query) }
  const newest = await probe(search, { ...slice, after: null }, NEAR)
  const near = slice.after ? await probe(search, slice, NEAR) : newest
  if (newest.everything) return { ids: near.ids, total: newest.hits }
  const expected = await expectedRows(tx, hitsOf(search))
  const few = isVast(newest, expected) ? null : await findFew(search, slice, newest)
  return few ?? { ids: await pageOfMany(search, slice, near), ...estimateOf(expected) }
}

/** The probe and the planner have to agree, because either can be wrong. */
function isVast({ hits }: ProbeResult, expected: number): boolean {
  return hits >= TELLING && expected > 1.5 * EXACT_TOTAL
}

/** Null when there are more hits than are counted exactly. */
async function findFew(search: Search, slice: HitSlice, { hits }: ProbeResult): Promise<Found | null> {
  const most = hits * COMMON >= NEAR ? FAR : (await isNarrow(search)) ? NARROW : 0
  if (most > 0) {
    const far = await probe(search, { ...slice, after: null }, most)
    if (far.hits > EXACT_TOTAL) return null
    if (far.everything) return { ids: slice.after ? await walkHits(search, slice, most) : far.ids, total: far.hits }
  }
  const indexed = await indexHits(search, slice, EXACT_TOTAL + 1)
  return indexed.hits > EXACT_TOTAL ? null : { ids: indexed.ids, total: indexed.hits }
}

/** The index of words reads all pushers that have a word, whatever the bounds. */
async function isNarrow({ tx, bounds, isBounded, match }: Search): Promise<boolean> {
  if (!isBounded) return false
  const expected = (those: SQL) => expectedRows(tx, sql`select from carillon.pushers where ${those}`)
  const within = await expected(bounds)
  return within <= NARROW && within < (await expected(match))
}

/** Walks on where the page should soon be full; hits that are old or rare are found by the index. */
async function pageOfMany(search: Search, slice: HitSlice, near: ProbeResult): Promise<string[]> {
  if (near.everything || near.ids.length === slice.size) return near.ids
  const farEnough = ((slice.from + slice.size) * NEAR) / near.hits
  const walked = farEnough < FAR ? await walkHits(search, slice, FAR) : []
  return walked.length === slice.size ? walked : (await indexHits(search, slice, null)).ids
}

/** Longer than any sensible search takes; the server gives up a statement then. */
const SLOWEST_MS = 3000

/**
 * Runs the statements of a search: all see the same pushers, the planner is steered, and what would
 * keep the database busy is given up (the embedded one cannot).
 * @throws CarillonError `bad_query` when it takes too long.
 */
export async function inSearch<T>(db: Database, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const steered = async (tx: Queryable) => {
    await steer(tx)
    return work(tx)
  }
  try {
    return await db.transaction(steered, { isolationLevel: 'repeatable read', accessMode: 'read only' })
  } catch (error) {
    throw isTimeout(error) ? tooSlow(error) : error
  }
}

/** Pages of a table that are read from the disk at once: where they lie anywhere, one after another takes four times as long. */
const READ_AHEAD = 64

/**
 * The index is always cheaper than the table; helpers and compiled code do not pay for a few milliseconds. A server that
 * reads nothing ahead may be on a system that cannot.
 */
async function steer(tx: Queryable): Promise<void> {
  await tx.execute(sql`
    select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
      set_config('max_parallel_workers_per_gather', '0', true),
      set_config('statement_timeout', ${String(SLOWEST_MS)}, true),
      set_config('effective_io_concurrency', case ahead when 0 then 0 else greatest(ahead, ${READ_AHEAD}) end::text, true)
    from (select current_setting('effective_io_concurrency')::int as ahead) as server`)
}

/** The server's `query_canceled`. */
function isTimeout(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === '57014'
}

function tooSlow(cause: unknown): CarillonError {
  const seconds = SLOWEST_MS / 1000
  return new CarillonError(
    'bad_query',
    `The query took more than ${seconds} seconds; search for words that fewer pushers contain.`,
    { cause },
  )
}
