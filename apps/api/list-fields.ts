import * as z from 'zod'

/* What the fields of lists have in common. */

/** Empty is as good as absent. */
export function given<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional())
}

/** Rows to answer: 10 unless it can be read, and at most 100. */
export const pageSize = z.preprocess(
  (text) => (/^\d{1,15}$/.test(String(text)) ? Math.min(Number(text), 100) : 10),
  z.number().int().min(1, 'must be above 0').default(10),
)
