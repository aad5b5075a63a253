import { createHash, timingSafeEqual } from 'node:crypto'

export interface Credentials {
  account: string
  password: string
}

/** Those of HTTP Basic authentication (RFC 7617); undefined where there are none. */
export function readCredentials(authorization: string | null): Credentials | undefined {
  const [, encoded] = /^Basic +(\S+)$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const given = Buffer.from(encoded, 'base64').toString()
  const colon = given.indexOf(':')
  return colon < 0 ? undefined : { account: given.slice(0, colon), password: given.slice(colon + 1) }
}

/** Compares texts of any length in one time, whatever they hold. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
