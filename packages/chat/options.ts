import { rate, type Rate } from '@carillon/contract'
import * as z from 'zod'

/** A variable of the environment; empty counts as absent. */
export const optionalSetting = absentWhenEmpty(z.string())

/** The URL of a service, for tests and proxies, without a slash at its end. */
export function webSetting(usual: string) {
  const url = z.url({ protocol: /^https?$/, error: 'must be an http or https address' })
  return absentWhenEmpty(url).transform((value) => (value ?? usual).replace(/\/+$/, ''))
}

/**
 * A variable that says how often a message may be sent to one address, such as `1/s`.
 * @returns milliseconds between two messages
 */
export function perAddress(usual: Rate) {
  return absentWhenEmpty(rate).transform((value) => {
    const { count, seconds } = value ?? usual
    return (seconds / count) * 1000
  })
}

function absentWhenEmpty<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional())
}
