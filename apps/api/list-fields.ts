import { wholeNumber } from '@carillon/contract'
import * as z from 'zod'

/* What the fields of lists have in common. */

/** Empty is as good as absent. */
export function given<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional())
}

/** Rows to answer: 10 by default, and at most 100. */
export const pageSize = count(10, 1, 'must be above 0').transform((size) => Math.min(size, 100))

/**
 * A whole number that may be absent. Of a word the default is taken, as ever; what is meant as a number and is none, such
 * as 1.5, 0x10 or one that is too large, is refused.
 */
export function count(fallback: number, least = 0, tooLow = 'must not be negative') {
  return z
    .preprocess(
      (value) => (typeof value === 'string' && !/\p{Nd}/u.test(value) ? fallback : value),
      wholeNumber.refine((number) => number >= least, tooLow),
    )
    .default(fallback)
}
