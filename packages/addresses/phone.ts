import { createRequire } from 'node:module'
import type * as Library from 'libphonenumber-js/min'
import type { CountryCode, PhoneNumber } from 'libphonenumber-js/min'
import { plainText } from './plain-text.ts'

/** A phone number as providers take it, or what is wrong with it. */
export type Phone = { number: string } | { lacks: 'country' } | { lacks: 'number' }

const NOT_ONE: Phone = { lacks: 'number' }

/** Digits and what people write between them. */
const WRITTEN = /^\+?[\d\s()./-]{3,40}$/

/**
 * The E.164 form of a number as people write it: `0044 20 7183 8750`, `+44 (0)20…`, `tel:+49-30…`, `030/1234567`.
 * @param country ISO 3166 code of numbers without a country code. Without it such a number lacks one if it begins with 0,
 * and else stays the digits that it is, as providers may know what they mean.
 */
export function phoneOf(text: string, country?: string): Phone {
  const written = withoutScheme(plainText(text)).replaceAll(/\p{Pd}/gu, '-')
  const international = written.replace(/^\(\s*\+(\d+)\s*\)/, '+$1').replace(/^00/, '+')
  if (!WRITTEN.test(international)) return NOT_ONE
  if (international.startsWith('+')) return found(parse(international))
  const digits = international.replaceAll(/\D/g, '')
  if (country !== undefined && library().isSupportedCountry(country))
    return found(national(international, digits, country))
  if (digits.startsWith('0')) return { lacks: 'country' }
  return /^\d{3,20}$/.test(digits) ? { number: digits } : NOT_ONE
}

/** RFC 3966; an extension cannot be sent to. */
function withoutScheme(text: string): string {
  return text.replace(/^tel:/i, '').replace(/;(?:phone-context|isub)=.*$/is, '')
}

/** Where the digits make a number with the country's own code before it, they are one. */
function national(written: string, digits: string, country: CountryCode): PhoneNumber | undefined {
  const whole = digits.startsWith(library().getCountryCallingCode(country)) ? parse(`+${digits}`) : undefined
  if (whole?.isValid()) return whole
  const parsed = parse(written, country)
  return parsed?.isPossible() ? parsed : parse(`+${digits}`)
}

function found(parsed: PhoneNumber | undefined): Phone {
  return parsed?.isPossible() && parsed.ext === undefined ? { number: parsed.number } : NOT_ONE
}

function parse(text: string, country?: CountryCode): PhoneNumber | undefined {
  return library().parsePhoneNumberFromString(text, { extract: false, ...(country && { defaultCountry: country }) })
}

const require = createRequire(import.meta.url)

/** Loaded with the first number that needs it: a start would wait for its tables. */
function library(): typeof Library {
  return require('libphonenumber-js/min') as typeof Library
}
