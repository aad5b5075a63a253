import { randomBytes } from 'node:crypto'

export interface SessionName {
  /** The key of the session's app. */
  key: string
  /** IPv4 address near the first client, or ''. */
  location: string
  relayed: boolean
}

/** Official SDKs drop two characters, decode the rest and read the key out of it. */
export function createSessionId({ key, location, relayed }: SessionName): string {
  const fields = ['1', key, location, Date.now(), randomBytes(15).toString('base64url'), '', '']
  return `${relayed ? 1 : 2}_${Buffer.from(fields.join('~')).toString('base64url')}`
}

/** The fields of an id. The key is visible ASCII and may contain `~`; the other fields never do. */
const FIELDS = /^1~([!-~]+)~[^~]*~\d+~[^~]*~~$/

/** The key of the app that a session was made for, or undefined when this is no session id. */
export function keyOfSession(id: string): string | undefined {
  const [, encoded] = /^[12]_([\w-]{1,500})$/.exec(id) ?? []
  if (encoded === undefined) return undefined
  return FIELDS.exec(Buffer.from(encoded, 'base64url').toString())?.[1]
}
