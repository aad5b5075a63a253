import { readFileSync } from 'node:fs'
import { SetupError } from '@carillon/contract'
import type { RedisOptions } from 'ioredis'

/** Which Redis, and how to get there. */
export interface RedisAddress {
  /** `redis://`, `rediss://` or `unix://`. */
  url: string
  tls?: RedisTls | undefined
}

/** How the certificate of a `rediss` server is checked. */
export interface RedisTls {
  /** Path of a file with the PEM certificates to trust, instead of those that Node trusts. */
  ca?: string | undefined
  /** Default true. */
  rejectUnauthorized?: boolean | undefined
}

/** Where the server is, for sentences: never the user or the password. */
export function addressOf(url: string): string {
  const { protocol, hostname, port, pathname } = new URL(url)
  return protocol === 'unix:' ? decodeURIComponent(pathname) : `${hostname || 'localhost'}:${port || '6379'}`
}

/** The user of the URL, as the server calls it. */
export function userOf(url: string): string {
  return decodeURIComponent(new URL(url).username) || 'default'
}

/**
 * The client's options for a URL: `redis://`, `rediss://` and `unix:///path/to/socket?db=1`. The client's own parser
 * splits a user's name at an encoded colon, and takes any of its options from the query.
 * @throws SetupError when the database is no number, or the file of certificates cannot be read.
 */
export function clientOptions(url: string, tls: RedisTls = {}): RedisOptions {
  const { protocol, hostname, port, pathname, username, password, searchParams } = new URL(url)
  const isSocket = protocol === 'unix:'
  const db = Number((isSocket ? undefined : pathname.slice(1)) || searchParams.get('db') || 0)
  if (!Number.isInteger(db)) throw new SetupError('REDIS_URL must end with the number of a database, such as /0.')
  return {
    ...(isSocket
      ? { path: decodeURIComponent(pathname) }
      : { host: hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost', port: Number(port || 6379) }),
    ...(searchParams.has('family') && { family: Number(searchParams.get('family')) }),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: tlsOptions(tls) }),
    db,
  }
}

function tlsOptions({ ca, rejectUnauthorized = true }: RedisTls) {
  return { rejectUnauthorized, ...(ca !== undefined && { ca: certificatesIn(ca) }) }
}

function certificatesIn(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new SetupError(`The file in REDIS_TLS_CA, ${path}, cannot be read: correct the path.`, { cause })
  }
}
