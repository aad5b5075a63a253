import { badQuery, type Place } from './bad-query.ts'
import type { TextField } from './fields.ts'
import { and, every, phrase, type Query } from './query.ts'
import { isUnspaced, normalized, words } from './words.ts'

/** A word with wildcards; as the separator of `split` it is captured, and stands at the odd places. */
const WILD_WORD = /([\p{L}\p{N}\p{M}\p{ExtPict}\p{RI}*?]*[*?][\p{L}\p{N}\p{M}\p{ExtPict}\p{RI}*?]*)/v
const WILDCARDS = /[*?]+/
/** With fewer, the index would have to look at too many words. */
const LEAST_BEFORE_WILDCARD = 2

/**
 * `*` stands for any characters and `?` for one, within a word. A text that only ends with `*` is a
 * phrase whose last word goes on. Of any other each part has to be there: `jo*@example.com` asks for a
 * word that begins with `jo`, and for `example com`.
 */
export function wildcard(field: TextField | null, text: string, place: Place): Query {
  const parts = normalized(text).split(WILD_WORD)
  const [before = '', word = '', behind] = parts
  if (parts.length === 3 && behind === '' && /^[^*?]+\*+$/.test(word)) return phrase(field, words(before + word), true)
  const queries = parts.map((part, at) => (at % 2 === 1 ? wildWord(field, part, place) : phrase(field, words(part))))
  const restricting = queries.filter(({ kind }) => kind !== 'none' && kind !== 'every')
  return restricting.length > 0 ? and(restricting) : and(queries.filter(({ kind }) => kind === 'every').slice(0, 1))
}

function wildWord(field: TextField | null, word: string, place: Place): Query {
  const beginning = word.replace(/\*+$/, '')
  if (beginning === '') return field ? { kind: 'phrase', field, words: [], open: true } : every
  if (!WILDCARDS.test(beginning)) return phrase(field, words(beginning), true)
  if (isUnspaced(word)) return and(word.split(WILDCARDS).map((part) => phrase(field, words(part))))
  if (word.search(WILDCARDS) < LEAST_BEFORE_WILDCARD) {
    badQuery(place, `a wildcard needs at least ${LEAST_BEFORE_WILDCARD} letters before it, unless it ends the word`)
  }
  return { kind: 'pattern', field, pattern: word.replace(/\*+/g, '*') }
}
