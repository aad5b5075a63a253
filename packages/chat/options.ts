import { emptyIsAbsent, optionalUrl, rate, type Rate } from '@carillon/contract'
import * as z from 'zod'

/** A variable of the environment; empty counts as absent. */
export const optionalSetting = emptyIsAbsent(z.string())

/** The URL of a service, for tests and proxies, without a slash at its end. */
export function webSetting(usual: string) {
  return optionalUrl.transform((value) => (value ?? usual).replace(/\/+$/, ''))
}

/**
 * A variable that says how often a message may be sent to one address, such as `1/s`.
 * @returns milliseconds between two messages
 */
export function perAddress(usual: Rate) {
  return emptyIsAbsent(rate).transform((value) => {
    const { count, seconds } = value ?? usual
    return (seconds / count) * 1000
  })
}
