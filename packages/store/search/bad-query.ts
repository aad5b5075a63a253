import { CarillonError } from '@carillon/contract'

/** Where a query went wrong: a column, counted from 1, or a path in the JSON, or both. */
export type Place = string

export function badQuery(place: Place, reason: string): never {
  throw new CarillonError('bad_query', `The query cannot be used, at ${place}: ${reason}.`)
}

export function unsupported(place: Place, what: string): never {
  badQuery(place, `${what} is not supported`)
}
