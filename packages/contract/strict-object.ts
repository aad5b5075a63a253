import * as z from 'zod'
import { suggestName } from './nearest.ts'

/** Unknown fields that a message names; a caller who sends more has mistaken the whole. */
const MOST_NAMED = 5
const LONGEST_NAME = 60

/** Makes the schema of an object; `expected` is the message for a value that is none. */
export type ObjectSchema = <Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  expected: string,
) => z.ZodObject<Shape, z.core.$ZodObjectConfig>

/**
 * An object that refuses a field it does not know and names the known one that is nearest, so that nothing that was
 * sent is dropped in silence.
 */
export const strictObject: ObjectSchema = (shape, expected) =>
  z.strictObject(shape, { error: (issue) => unknownFields(issue, Object.keys(shape)) ?? expected })

/** For what was accepted before: fields that are unknown by now are left out. */
export const lenientObject: ObjectSchema = (shape, expected) => z.object(shape, expected)

function unknownFields(issue: z.core.$ZodRawIssue, known: string[]): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined
  return issue.keys
    .slice(0, MOST_NAMED)
    .map((key) => `there is no field ${shown(key)}; ${suggestName(key, known)}`)
    .join('; ')
}

/** On one line: the name is the caller's own text. */
function shown(key: string): string {
  return JSON.stringify(key.length > LONGEST_NAME ? `${key.slice(0, LONGEST_NAME - 1)}…` : key)
}
