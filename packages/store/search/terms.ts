import {
  and,
  badQuery,
  created,
  every,
  none,
  or,
  phrase,
  type QueryPlace,
  type SearchQuery,
  unsupported,
} from './query.ts'
import { type SearchField, fieldNamed, isUnspaced, normalized, type TextField, textFields, words } from './words.ts'

/** A field, and where the query names it; no field means any text field. */
export type QueryTarget = { field: SearchField | null; place: QueryPlace }

/** @throws CarillonError `bad_query` when there is no such field. */
export function target(name: string | undefined, place: QueryPlace, hint = ''): QueryTarget {
  if (name === undefined || name === '') return { field: null, place }
  const field = fieldNamed(name)
  if (!field)
    badQuery(place, `there is no field ${JSON.stringify(name)}, but ${[...textFields, 'createdAt'].join(', ')}${hint}`)
  return { field, place }
}

/** Words by spaces, any of them or all; what holds together, such as an address, is a phrase. */
export function match({ field, place }: QueryTarget, text: string, all = false): SearchQuery {
  if (field === 'createdAt') return createdAt(text, place)
  // The spaces of a telephone number do not separate anything.
  const terms = field === 'phoneNumber' ? [text] : text.split(/\s+/)
  const phrases = terms.map((term) => phrase(field, words(term))).filter((query) => query.kind !== 'none')
  return all ? and(phrases) : or(phrases)
}

export function matchPhrase({ field, place }: QueryTarget, text: string): SearchQuery {
  return field === 'createdAt' ? createdAt(text, place) : phrase(field, words(text))
}

export function matchPrefix({ field, place }: QueryTarget, text: string): SearchQuery {
  if (field === 'createdAt') unsupported(place, 'a prefix of a number')
  return phrase(field, words(text), true)
}

export function matchWildcard({ field, place }: QueryTarget, text: string): SearchQuery {
  if (field === 'createdAt') unsupported(place, 'a wildcard in a number')
  return wildcard(field, text, place)
}

function createdAt(text: string, place: QueryPlace): SearchQuery {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) badQuery(place, 'createdAt must be a number of unix seconds')
  return Number.isInteger(value) ? created({ value, inclusive: true }, { value, inclusive: true }) : none
}

/** A word with wildcards. As a captured separator of `split`, it is at the odd indexes of the result. */
const WILD_WORD = /([\p{L}\p{N}\p{M}\p{ExtPict}\p{RI}*?]*[*?][\p{L}\p{N}\p{M}\p{ExtPict}\p{RI}*?]*)/v
const WILDCARDS = /[*?]+/
/** With fewer, the index would have to look at too many words. */
const LEAST_BEFORE_WILDCARD = 2

/**
 * `*` matches any characters and `?` matches one, within a word. A text whose only wildcard is a final `*` is a phrase
 * whose last word is a prefix. Any other text must match in each of its parts: `jo*@example.com` requires a word that
 * begins with `jo`, and `example com`.
 */
function wildcard(field: TextField | null, text: string, place: QueryPlace): SearchQuery {
  const parts = normalized(text).split(WILD_WORD)
  const [before = '', word = '', behind] = parts
  if (parts.length === 3 && behind === '' && /^[^*?]+\*+$/.test(word)) return phrase(field, words(before + word), true)
  const queries = parts.map((part, at) => (at % 2 === 1 ? wildWord(field, part, place) : phrase(field, words(part))))
  const restricting = queries.filter(({ kind }) => kind !== 'none' && kind !== 'every')
  return restricting.length > 0 ? and(restricting) : and(queries.filter(({ kind }) => kind === 'every').slice(0, 1))
}

function wildWord(field: TextField | null, word: string, place: QueryPlace): SearchQuery {
  const beginning = word.replace(/\*+$/, '')
  if (beginning === '') return field ? { kind: 'phrase', field, words: [], open: true } : every
  if (!WILDCARDS.test(beginning)) return phrase(field, words(beginning), true)
  if (isUnspaced(word)) return and(word.split(WILDCARDS).map((part) => phrase(field, words(part))))
  if (word.search(WILDCARDS) < LEAST_BEFORE_WILDCARD) {
    badQuery(place, `a wildcard needs at least ${LEAST_BEFORE_WILDCARD} letters before it, unless it ends the word`)
  }
  return { kind: 'pattern', field, pattern: word.replace(/\*+/g, '*') }
}
