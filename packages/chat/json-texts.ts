import * as z from 'zod'

/** A value out of JSON. */
type Json = string | number | boolean | null | Json[] | JsonObject
export interface JsonObject {
  [name: string]: Json
}

/** Levels of lists and objects. What is nested deeper is no message, and could overflow the stack. */
const DEEPEST = 32

/**
 * Visits each text in a JSON value.
 * @throws RangeError if the value is nested too deeply
 */
function visitTexts(
  value: unknown,
  visit: (text: string, path: PropertyKey[]) => void,
  path: PropertyKey[] = [],
): void {
  if (path.length > DEEPEST) throw new RangeError(`is nested more than ${DEEPEST} levels deep`)
  if (typeof value === 'string') visit(value, path)
  else if (Array.isArray(value)) value.forEach((item, at) => visitTexts(item, visit, [...path, at]))
  else for (const [name, item] of Object.entries(value ?? {})) visitTexts(item, visit, [...path, name])
}

/**
 * An object that is passed on as it is, except that its texts are templates.
 * @param check what is wrong with a template; null when nothing is
 */
export function jsonObject(check: (source: string) => string | null) {
  return z.record(z.string(), z.unknown(), 'must be an object').superRefine((value, context) => {
    try {
      visitTexts(value, (text, path) => {
        const complaint = check(text)
        if (complaint) context.addIssue({ code: 'custom', path, message: `is not a valid template: ${complaint}` })
      })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      context.addIssue({ code: 'custom', message: error.message })
    }
  }) as unknown as z.ZodType<JsonObject>
}
