import { CarillonError } from '@carillon/contract'
import type { TextField } from './words.ts'

/** What both query languages come down to. */
export type SearchQuery = Phrase | WordPattern | Created | Every | None | And | Or | Not

/** Words that stand one after another in one field; in any text field where `field` is null. */
export interface Phrase {
  kind: 'phrase'
  field: TextField | null
  /** Empty with `open`: the field has any word at all. */
  words: string[]
  /** The last word is only the beginning of one. */
  open: boolean
}

/** One word with `*` (any characters) and `?` (one) behind a literal beginning. */
export interface WordPattern {
  kind: 'pattern'
  field: TextField | null
  pattern: string
}

/** Unix seconds, both ends included; null is open. */
export interface Created {
  kind: 'created'
  min: number | null
  max: number | null
}

interface Every {
  kind: 'every'
}

interface None {
  kind: 'none'
}

interface And {
  kind: 'and'
  of: SearchQuery[]
}

interface Or {
  kind: 'or'
  of: SearchQuery[]
}

interface Not {
  kind: 'not'
  of: SearchQuery
}

export const every: Every = { kind: 'every' }
export const none: None = { kind: 'none' }

export function phrase(field: TextField | null, words: string[], open = false): Phrase | None {
  return words.length > 0 ? { kind: 'phrase', field, words, open } : none
}

/** None of nothing, as in bleve. */
export function and(of: SearchQuery[]): SearchQuery {
  return of.length > 1 ? { kind: 'and', of } : (of[0] ?? none)
}

export function or(of: SearchQuery[]): SearchQuery {
  return of.length > 1 ? { kind: 'or', of } : (of[0] ?? none)
}

/** A range that is open at one end has a range as its opposite, which an index can serve. */
function not(of: SearchQuery): SearchQuery {
  if (of.kind === 'not') return of.of
  if (of.kind === 'created' && of.min === null && of.max !== null) return { ...of, min: of.max + 1, max: null }
  if (of.kind === 'created' && of.max === null && of.min !== null) return { ...of, min: null, max: of.min - 1 }
  return { kind: 'not', of }
}

/**
 * bleve's boolean query: where something must hold, what should hold is optional, unless
 * `needsShould`.
 */
export function boolean(
  must: SearchQuery,
  should: SearchQuery,
  mustNot: SearchQuery,
  needsShould = false,
): SearchQuery {
  const asked = must.kind === 'none' ? [should] : needsShould ? [must, should] : [must]
  const wanted = asked.filter((query) => query.kind !== 'none')
  if (mustNot.kind === 'none') return and(wanted)
  return and([...(wanted.length > 0 ? wanted : [every]), not(mustNot)])
}

interface RangeEnd {
  value: number
  inclusive: boolean
}

/** Between two numbers, which need not be whole. */
export function created(min: RangeEnd | null, max: RangeEnd | null): Created {
  return {
    kind: 'created',
    min: min && clamp(min.inclusive ? Math.ceil(min.value) : Math.floor(min.value) + 1),
    max: max && clamp(max.inclusive ? Math.floor(max.value) : Math.ceil(max.value) - 1),
  }
}

function clamp(seconds: number): number {
  return Math.min(Math.max(seconds, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}

/** Where a query went wrong: a column, counted from 1, or a path in the JSON, or both. */
export type QueryPlace = string

export function badQuery(place: QueryPlace, reason: string): never {
  throw new CarillonError('bad_query', `The query cannot be used, at ${place}: ${reason}.`)
}

export function unsupported(place: QueryPlace, what: string): never {
  badQuery(place, `${what} is not supported`)
}
