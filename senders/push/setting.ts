import * as z from 'zod'

/** Empty counts as absent, as in a compose file that passes a variable on. */
export function optional<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional())
}

export const optionalUrl = optional(z.url({ protocol: /^https?$/, error: 'must be an http or https address' }))
