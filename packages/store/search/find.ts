import type { Queryable } from '../database.ts'
import { condition } from './condition.ts'
import { gather, hitsOf, look, type Near, type Search, type Slice, walkFor } from './looks.ts'
import type { Query } from './query.ts'
import { estimateOf, EXACT_TOTAL, expectedRows, type Total } from './total.ts'

/** Newest first. */
export interface Found extends Total {
  ids: string[]
}

/** So many of the newest pushers are looked at one by one. */
const NEAR = 1000
/** Where at least so many of them are hits, their share is believed. */
const TELLING = 5
/** Where at least one in so many is a hit, walking is cheaper than the index. */
const COMMON = 5
/** What a walk may cost, in pushers. */
const FAR = 50_000

/**
 * Finds a page and the total, in a transaction of `inSearch`. Statistics tell
 * little about prefixes, phrases and what was common once, and a wrong plan costs a second at a million
 * pushers. So the newest are looked at first: where hits are common that is the page already, and their
 * share tells whether to walk on or to ask the index of words.
 */
export async function find(tx: Queryable, app: number, query: Query, slice: Slice): Promise<Found> {
  const search = { tx, app, ...condition(app, query) }
  const newest = await look(search, { ...slice, after: null }, NEAR)
  const near = slice.after ? await look(search, slice, NEAR) : newest
  if (newest.everything) return { ids: near.ids, total: newest.hits }
  const expected = await expectedRows(tx, hitsOf(search))
  const few = isVast(newest, expected) ? null : await findFew(search, slice, newest)
  return few ?? { ids: await pageOfMany(search, slice, near), ...estimateOf(expected) }
}

/** Both the newest and the planner have to say so; either can be wrong. */
function isVast({ hits }: Near, expected: number): boolean {
  return hits >= TELLING && expected > 1.5 * EXACT_TOTAL
}

/** All hits, unless there are more than are counted. */
async function findFew(search: Search, slice: Slice, { hits }: Near): Promise<Found | null> {
  if (hits * COMMON >= NEAR) {
    const far = await look(search, slice, FAR)
    if (far.hits > EXACT_TOTAL) return null
    if (far.everything && !slice.after) return { ids: far.ids, total: far.hits }
  }
  const gathered = await gather(search, slice, EXACT_TOTAL + 1)
  return gathered.hits > EXACT_TOTAL ? null : { ids: gathered.ids, total: gathered.hits }
}

/** Walks on where the page should soon be full; what is old and rare by now is left to the index. */
async function pageOfMany(search: Search, slice: Slice, near: Near): Promise<string[]> {
  if (near.everything || near.ids.length === slice.size) return near.ids
  const farEnough = ((slice.from + slice.size) * NEAR) / near.hits
  const walked = farEnough < FAR ? await walkFor(search, slice, FAR) : []
  return walked.length === slice.size ? walked : (await gather(search, slice, null)).ids
}
