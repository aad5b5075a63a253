import { lenientObject, type ObjectSchema, strictObject } from '@carillon/contract'
import type { KnownNames, Templates } from '@carillon/template'
import * as z from 'zod'
import { jsonObject, type JsonObject } from './json-texts.ts'

/** The rendered message cannot be sent. Its message says why. */
export class UnsendableMessage extends Error {}

/** What a service builds the schema of its data from. */
export interface DataRules {
  object: ObjectSchema
  /**
   * A text that is a template.
   * @param longest characters that the service takes; a text with a template in it is only measured when it is rendered
   */
  text(longest?: number): z.ZodType<string>
  /** An object that the service defines; its texts are templates. */
  json: z.ZodType<JsonObject>
}

/**
 * For data that is pushed: nothing unknown, and nothing that is certainly too long.
 * @param known what its texts may name besides the pusher, in a stored template
 */
export function pushedData(templates: Templates, known?: KnownNames): DataRules {
  const check = (source: string) => templates.check(source, { known })
  return { object: strictObject, text: (longest = Infinity) => templateText(check, longest), json: jsonObject(check) }
}

/** For data that a worker finds, which an earlier version may have accepted. */
export function storedData(templates: Templates): DataRules {
  const check = (source: string) => templates.check(source, { anyName: true })
  return { object: lenientObject, text: () => templateText(check, Infinity), json: jsonObject(check) }
}

function templateText(check: (source: string) => string | null, longest: number) {
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
    .min(1, 'is required')
    .refine((text) => text.length <= longest || /\{[{%]/.test(text), `must be at most ${longest} characters`)
    .superRefine((source, context) => {
      const complaint = check(source)
      if (complaint) context.addIssue({ code: 'custom', message: `is not a valid template: ${complaint}` })
    })
}
