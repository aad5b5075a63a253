import type * as z from 'zod'

/** A caller with more of them has mistaken the call, and sees so by these. */
const MOST_NAMED = 20
const LONGEST_NAME = 100

/** Names of fields that were sent and that the call does not have, as its answer lists them. */
export function ignoredFields(known: z.ZodObject | undefined, sent: Record<string, unknown>): string[] {
  return Object.keys(sent)
    .filter((name) => !known || !Object.hasOwn(known.shape, name))
    .slice(0, MOST_NAMED)
    .map((name) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name))
}
