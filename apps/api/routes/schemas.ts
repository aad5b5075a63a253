import * as z from 'zod'
import { addressKinds, addressOutcomes, CarillonError, identifier, senderName, wholeNumber } from '@carillon/contract'
import type { ApiDeps } from '../deps.ts'

/*
 * Schemas that several resources share. An answer's schema is for the documentation alone: a schema with an `id` is a
 * component of the OpenAPI document, and the example of an answer is put together from the examples of its parts.
 */

export const okAnswer = z.object({ result: z.literal('OK') })

/** Old clients send fields of their own, so these refuse nothing; a misspelt one should still be seen. */
export const ignoredAnswer = z.object({
  ignored: z
    .array(z.string())
    .optional()
    .meta({ description: 'Names of fields in the request that this call does not know.' }),
})

/** An answer that warns of a misspelt sender: legacy clients use senders before a worker runs them, so that none is refused. */
export const hintedAnswer = okAnswer.extend({
  hint: z.string().optional().meta({ description: 'Which sender you may have meant, if no sender has the name.' }),
})

/** The hint of an answer, if the sender is misspelt. */
export async function senderHint({ core }: Pick<ApiDeps, 'core'>, sender: string): Promise<{ hint?: string }> {
  const hint = await core.misspeltSender(sender)
  return hint === undefined ? {} : { hint }
}

/** @throws CarillonError `invalid_field` for a misspelt sender */
export async function refuseMisspelt({ core }: Pick<ApiDeps, 'core'>, senders: Iterable<string>): Promise<void> {
  for (const sender of new Set(senders)) {
    const sentence = await core.misspeltSender(sender)
    if (sentence !== undefined) throw new CarillonError('invalid_field', sentence)
  }
}

export const errorShape = z
  .object({
    err: z.string().meta({ description: 'A sentence for people.' }),
    code: z.string().meta({ description: 'A code for programs. It never changes.' }),
    hint: z.string().optional().meta({ description: 'What to do, where the sentence does not say it.' }),
  })
  .meta({ id: 'Error' })

export const pusherId = identifier.meta({
  description: 'Id of the pusher; percent-encode `.`, `..` and `/`.',
  examples: ['lupino'],
})

/** @throws CarillonError `pusher_not_found`, with the legacy server's sentence. */
export function noPusher(id: string): never {
  throw new CarillonError('pusher_not_found', `pusher ${id} not exists.`)
}

/** The id of a row: 64 bits wide, and none of 19 digits was ever given. */
export function rowId(of: string) {
  return z
    .string('must be text')
    .regex(/^[1-9]\d{0,17}$/, `must be the id of ${of}`)
    .meta({ examples: ['1'] })
}

export const senderField = senderName.meta({ description: 'Name of the sender.', examples: ['sendmail'] })

export const senderParams = z.object({ sender: senderField })

/** Rows to answer: 10 by default, and at most 100. */
export const pageSize = count(10, 1, 'must be above 0').transform((size) => Math.min(size, 100))

/**
 * An optional whole number. A word yields the default, which callers rely on. A malformed number, such as 1.5, 0x10 or one
 * that is too large, is refused.
 */
export function count(fallback: number, least = 0, tooLow = 'must not be negative') {
  return z
    .preprocess(
      (value) => (typeof value === 'string' && !/\p{Nd}/u.test(value) ? fallback : value),
      wholeNumber.refine((number) => number >= least, tooLow),
    )
    .default(fallback)
}

/** What an attempt did at one address, as the history shows it. */
export const addressResult = z
  .object({
    kind: z.enum(addressKinds),
    address: z.string().meta({ description: 'The end of its token.' }),
    outcome: z.enum(addressOutcomes).meta({
      description:
        'waits: not called yet, because of a rate. failed: to be tried again. disabled, removed: nothing more is sent to it. gaveUp: this push cannot reach it.',
    }),
    messageId: z.string().optional().meta({ description: "The provider's id for the message." }),
    reason: z.string().optional().meta({ description: 'Why, for all but sent.' }),
  })
  .meta({
    id: 'AddressResult',
    examples: [{ kind: 'apns', address: '…a1B2c3', outcome: 'removed', reason: 'Unregistered' }],
  })
