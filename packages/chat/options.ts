import { emptyIsAbsent, optionalUrl, rate } from '@carillon/contract'
import * as z from 'zod'

/** A variable of the environment; empty counts as absent. */
export const optionalSetting = emptyIsAbsent(z.string())

/** The URL of a service, for tests and proxies, without a slash at its end. */
export function webSetting(usual: string) {
  return optionalUrl.transform((value) => (value ?? usual).replace(/\/+$/, ''))
}

/**
 * A variable that says how often a message may be sent to one address.
 * @param usual what applies without it, such as `1/s`: one of `addressRates`
 * @returns milliseconds between two messages
 */
export function perAddress(usual: string) {
  return emptyIsAbsent(rate).transform((value) => {
    const { count, seconds } = value ?? rate.parse(usual)
    return (seconds / count) * 1000
  })
}
