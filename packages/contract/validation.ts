import type { StandardSchemaV1 } from '@standard-schema/spec'
import * as z from 'zod'

/** One sentence for a schema's issues, each with the path of its field. It never contains values. */
export function describeIssues(issues: readonly StandardSchemaV1.Issue[]): string {
  return issues.map(describeIssue).join('; ')
}

function describeIssue({ message, path }: StandardSchemaV1.Issue): string {
  const field = path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return field ? `${field}: ${message}` : message
}

/** Freezes a value and the lists and plain objects in it, at every depth. */
export function freezeDeeply<T>(value: T): T {
  const found: unknown[] = [value]
  for (const each of found) {
    if (!isListOrPlainObject(each) || Object.isFrozen(each)) continue
    for (const inner of Object.values(each)) found.push(inner)
    Object.freeze(each)
  }
  return value
}

function isListOrPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}

/** An optional value that also counts as absent when it is empty, as a variable that a compose file passes on. */
export function emptyIsAbsent<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional())
}

/** As `emptyIsAbsent`, of JSON, in which null says the same. */
export function nullIsAbsent<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional())
}

/** What may be wrong with a text that begins like JSON: a form cuts it off at an `&` that is not encoded. */
export const BROKEN_JSON =
  'it begins like JSON but is not valid JSON. In a form, write & as %26 and + as %2B; with curl, use --data-urlencode'

/** The message for a field that a form has as JSON text, where it is something else. */
export function jsonExpected(expected: string) {
  return {
    error: ({ input }: { input?: unknown }) =>
      typeof input === 'string' && /^\s*[{[]/.test(input) ? `${expected}: ${BROKEN_JSON}` : expected,
  }
}

/** An http or https URL; empty counts as absent. */
export const optionalUrl = emptyIsAbsent(z.url({ protocol: /^https?$/, error: 'must be an http or https address' }))

/** The most unknown fields that a message names. */
const MOST_NAMED = 5
const LONGEST_SHOWN = 60

/** Makes the schema of an object. `expected` is the message for a value that is no object. */
export type ObjectSchema = <Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  expected: string,
) => z.ZodObject<Shape, z.core.$ZodObjectConfig>

/**
 * An object schema that refuses unknown fields and suggests the nearest known one, so that nothing is dropped
 * silently.
 */
export const strictObject: ObjectSchema = (shape, expected) =>
  z.strictObject(shape, { error: (issue) => unknownFields(issue, Object.keys(shape)) ?? expected })

/** An object schema for data that was accepted earlier. It drops fields that are no longer known. */
export const lenientObject: ObjectSchema = (shape, expected) => z.object(shape, expected)

function unknownFields(issue: z.core.$ZodRawIssue, known: string[]): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined
  return issue.keys
    .slice(0, MOST_NAMED)
    .map((key) => `there is no field ${shown(key)}; ${suggestName(key, known)}`)
    .join('; ')
}

/** On one line, because the caller chose the name. */
function shown(key: string): string {
  return JSON.stringify(key.length > LONGEST_SHOWN ? `${key.slice(0, LONGEST_SHOWN - 1)}…` : key)
}

/** Only the beginning of longer texts is compared. */
const LONGEST_COMPARED = 40

/**
 * The known name that somebody most likely meant by `name`: one that begins or ends alike, or differs in a few letters.
 * Case, `_`, `-` and `.` do not matter. Undefined when none is near.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = plain(name)
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceBetween(wanted, plain(candidate)) }))
    .toSorted((one, other) => one.distance - other.distance)
  const [best] = ranked
  return best && best.distance <= Math.max(1, wanted.length / 3) ? best.candidate : undefined
}

/** The part of a sentence about an unknown name: the nearest known name, or all known names. */
export function suggestName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? `there are ${known.join(', ')}` : `did you mean ${nearest}?`
}

function plain(name: string): string {
  return name
    .slice(0, LONGEST_COMPARED)
    .toLowerCase()
    .replaceAll(/[_.\s-]/g, '')
}

/** What was added to a name, or left out of it, counts as one letter: `attachment`, `reply`, `phone`. */
function distanceBetween(wanted: string, candidate: string): number {
  const [short, long] = wanted.length < candidate.length ? [wanted, candidate] : [candidate, wanted]
  if (short.length >= 3 && (long.startsWith(short) || long.endsWith(short))) return short === long ? 0 : 1
  return editDistance(wanted, candidate)
}

/** The Levenshtein distance, where swapping two neighbours counts once. */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      current[column] = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (isSame ? 0 : 1),
        isSwapped ? (beforeLast[column - 2] ?? Infinity) + 1 : Infinity,
      )
    }
    beforeLast = last
    last = current
  }
  return last[other.length]!
}

/** A text of one line. @param most characters */
export function line(most: number) {
  return z
    .string('must be text')
    .min(1, 'is required')
    .max(most, `must be at most ${most} characters`)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters')
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')
}
