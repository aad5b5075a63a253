import { createPublicKey } from 'node:crypto'
import { isIP } from 'node:net'
import { ORIGIN_PATTERN, rate } from '@carillon/contract'
import * as z from 'zod'

// oxlint-disable-next-line no-control-regex -- control characters are just what is refused
const CONTROL = /[\u0000-\u001f\u007f]/

export const text = z.string().refine((value) => !CONTROL.test(value), 'must not contain control characters')

/** A `%` that encodes nothing. Drivers differ in what they make of it. */
const BARE_PERCENT = /%(?![\da-f]{2})/i

const ENCODE =
  'contains a character in its user or password that must be percent-encoded: write "@" as %40, "/" as %2F, "?" as %3F, "#" as %23 and "%" as %25'

/** A URL with one of the schemes, kept as it was written. A message follows the setting's name and repeats no value. */
export function url(...schemes: string[]) {
  return text.superRefine((value, context) => {
    const message = problemOf(value, schemes)
    if (message !== undefined) context.addIssue({ code: 'custom', message, continue: false })
  })
}

/** `postgres://user:password@/name?host=/run/postgresql` names a socket: what parses URLs wants a host there. */
export const databaseUrl = text.transform(withHost).pipe(url('postgres', 'postgresql'))

export const redisUrl = text.transform(withHost).pipe(url('redis', 'rediss', 'unix'))

/*
 * Every setting arrives as text, wherever it was given. A message follows the setting's name and
 * never repeats the value, which may be a secret.
 */

const HOST_NAME = /^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/i

/** Travels in a header and in URLs. */
export const token = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must have 1 to 255 visible ASCII characters')

export const host = z
  .string()
  .transform((value) => value.replace(/^\[(.*)\]$/, '$1'))
  .refine((value) => isIP(value) > 0 || HOST_NAME.test(value), 'must be an IP address or a host name, without a port')

/** `news@example.com`, or with a name: `News <news@example.com>`. */
export const mailAddress = text.regex(
  /^([^<>]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/,
  'must be an email address, such as news@example.com',
)

/** ISO 3166, as phone numbers are sorted by: `UK` would be an alias of `GB`. */
export const country = z
  .string()
  .transform((value) => value.trim().toUpperCase())
  .refine(isCountry, 'must be the code of a country, such as GB or DE')

function isCountry(code: string): boolean {
  if (!/^[A-Z]{2}$/.test(code) || Intl.getCanonicalLocales(`und-${code}`)[0] !== `und-${code}`) return false
  return new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(code) !== undefined
}

/** Redis keys are joined with colons, which BullMQ therefore refuses in a queue's name. */
export const queuePrefix = text.refine((value) => !/[\s:]/.test(value), 'must not contain ":" or spaces')

export const flag = z.stringbool({ truthy: ['1', 'true'], falsy: ['0', 'false'], error: 'must be 1 or 0' })

/** Comma-separated; frozen. */
export const list = text
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  )
  .readonly()

/** RFC 7064 and 7065, as browsers take them: `stun:host[:port]`, `turn:host[:port][?transport=udp]`, with an s for TLS. */
const ICE_URL = /^(?:stuns?:[^\s/?#@]+|turns?:[^\s/?#@]+(?:\?transport=(?:udp|tcp))?)$/

export const iceUrls = list.refine(
  (servers) => servers.every((server) => ICE_URL.test(server)),
  'must be URLs such as stun:turn.example.com or turn:turn.example.com:3478?transport=udp, comma-separated',
)

/** An origin that was copied from an address bar ends with a slash. */
export const origins = list
  .transform((entries) => entries.map((entry) => entry.replace(/(?<=[^/])\/$/, '')))
  .superRefine((entries, context) => {
    const other = entries.find((entry) => !ORIGIN_PATTERN.test(entry))
    if (other === undefined) return
    const message = `must be origins such as https://shop.example.com, comma-separated, and "${other}" is none`
    context.addIssue({ code: 'custom', message })
  })
  .readonly()

export const onAmbiguous = z.enum(['retry', 'giveup'], { error: 'must be retry or giveup' })

export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
  error: 'must be trace, debug, info, warn, error, fatal or silent',
})

/** A rate as it is written, `10/s`: senders read it from the environment. */
export const rateText = z.string().superRefine((value, context) => {
  for (const { message } of rate.safeParse(value).error?.issues ?? []) context.addIssue({ code: 'custom', message })
})

/** 0 lets the system choose a free one. */
export const port = wholeNumber(0, 65_535)

/** `first-last`, both included. */
export const portRange = z.string().refine((value) => {
  const [, first, last] = (/^(\d{1,5})-(\d{1,5})$/.exec(value) ?? []).map(Number)
  return first !== undefined && last !== undefined && first > 0 && first < last && last <= 65_535
}, 'must be two ports from 1 to 65535, such as 40000-40100')

export const ipv4 = z.string().refine((value) => isIP(value) === 4, 'must be an IPv4 address')

export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
}

/** Others build URLs on it. */
export const publicUrl = url('https', 'http').refine(
  (value) => !/[?#]/.test(value),
  'must not have a query or a fragment',
)

/** As SendGrid shows it: base64 of a P-256 public key. */
export const verificationKey = token.refine(isP256Key, 'must be the verification key as SendGrid shows it, in one line')

function isP256Key(base64: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch {
    return false
  }
}

function problemOf(value: string, schemes: string[]): string | undefined {
  const [, scheme = '', rest = ''] = /^([a-z][a-z+.-]*):\/\/(.*)$/is.exec(value) ?? []
  if (rest === '' || !schemes.includes(scheme.toLowerCase())) return `must be a URL that begins with ${listOf(schemes)}`
  const end = /[/?#]|$/.exec(rest)!.index
  // A bare "/", "?" or "#" ends the host early: the rest of the password, up to its "@", would be shown as a path.
  if (rest.slice(end).includes('@') || BARE_PERCENT.test(rest)) return ENCODE
  return hostProblem(value, rest.slice(0, end))
}

function hostProblem(value: string, authority: string): string | undefined {
  const address = authority.slice(authority.lastIndexOf('@') + 1)
  const name = address.replace(/:\d*$/, '')
  if (address.includes(',')) return 'must contain one host'
  const parsed = URL.parse(value)
  if (name === '' && !parsed?.searchParams.has('host') && parsed?.protocol !== 'unix:')
    return 'must contain a host, as in scheme://user:password@host:port'
  return parsed ? undefined : 'must contain a host name or an IP address, and a port from 1 to 65535 if there is a ":"'
}

/** Not `unix`, which is the exception. */
function listOf(schemes: string[]): string {
  return schemes
    .filter((scheme) => scheme !== 'unix')
    .map((scheme) => `${scheme}://`)
    .join(' or ')
}

function withHost(value: string): string {
  const socket = /^unix:\/\/[^/?#]*@\/|^postgres(?:ql)?:\/\/[^/?#]*@\/[^?#]*\?(?:.*&)?host=/i
  return socket.test(value) ? value.replace('@/', '@localhost/') : value
}
