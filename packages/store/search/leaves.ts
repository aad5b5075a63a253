import { badQuery, type Place, unsupported } from './bad-query.ts'
import { type Field, fieldNamed, textFields } from './fields.ts'
import { and, created, none, or, phrase, type Query } from './query.ts'
import { wildcard } from './wildcard.ts'
import { words } from './words.ts'

/** A field, and where the query names it; no field means any text field. */
export type Target = { field: Field | null; place: Place }

/** @throws CarillonError `bad_query` when there is no such field. */
export function target(name: string | undefined, place: Place, hint = ''): Target {
  if (name === undefined || name === '') return { field: null, place }
  const field = fieldNamed(name)
  if (!field)
    badQuery(place, `there is no field ${JSON.stringify(name)}, but ${[...textFields, 'createdAt'].join(', ')}${hint}`)
  return { field, place }
}

/** Words by spaces, any of them or all; what holds together, such as an address, is a phrase. */
export function match({ field, place }: Target, text: string, all = false): Query {
  if (field === 'createdAt') return createdAt(text, place)
  // The spaces of a telephone number do not separate anything.
  const terms = field === 'phoneNumber' ? [text] : text.split(/\s+/)
  const phrases = terms.map((term) => phrase(field, words(term))).filter((query) => query.kind !== 'none')
  return all ? and(phrases) : or(phrases)
}

export function matchPhrase({ field, place }: Target, text: string): Query {
  return field === 'createdAt' ? createdAt(text, place) : phrase(field, words(text))
}

export function matchPrefix({ field, place }: Target, text: string): Query {
  if (field === 'createdAt') unsupported(place, 'a prefix of a number')
  return phrase(field, words(text), true)
}

export function matchWildcard({ field, place }: Target, text: string): Query {
  if (field === 'createdAt') unsupported(place, 'a wildcard in a number')
  return wildcard(field, text, place)
}

function createdAt(text: string, place: Place): Query {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) badQuery(place, 'createdAt is a number of unix seconds')
  return Number.isInteger(value) ? created({ value, inclusive: true }, { value, inclusive: true }) : none
}
