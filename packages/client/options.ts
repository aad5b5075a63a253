import type { Agent } from 'node:http'
import type { SignatureVersion } from './sign.ts'

export interface ClientOptions {
  /** The URL of the server, such as `https://push.example.com`. A path in it is put before every path, and signed. */
  url: string
  /** Key and secret of the app; without both, requests are not signed (open mode). */
  key?: string | undefined
  secret?: string | undefined
  /** Default `v2`. */
  signature?: SignatureVersion | undefined
  /** Seconds that one call may take in all; default 30. */
  timeout?: number | undefined
  /**
   * Makes the connections, for a proxy or a private certificate authority: one of `node:https` where the
   * url is https. The caller closes it. By default the client has its own, which keeps connections.
   */
  agent?: Agent | undefined
}

export interface SigningCredentials {
  key: string
  secret: string
  version: SignatureVersion
}

/** The options, checked and complete. */
export interface ClientSettings {
  url: URL
  /** Null: requests are not signed. */
  credentials: SigningCredentials | null
  /** Milliseconds. */
  timeout: number
  agent: Agent | undefined
}

/**
 * Checks what `createClient` was given.
 * @throws TypeError naming the option, never its value where that may be a secret.
 */
export function settle(options: ClientOptions): ClientSettings {
  const { timeout = 30, agent } = options
  if (!(timeout >= 0.001 && timeout <= 86_400)) throw new TypeError('timeout must be seconds, from 0.001 to 86400')
  return { url: baseUrl(options.url), credentials: credentials(options), timeout: Math.round(timeout * 1000), agent }
}

function baseUrl(text: string): URL {
  if (!/^https?:/i.test(text) || !URL.canParse(text)) throw new TypeError('url must be one of http or https')
  const url = new URL(text)
  const extra = url.search || url.hash || url.username || url.password
  if (extra) throw new TypeError('url must have no user, password, query or fragment')
  return url
}

function credentials({ key, secret, signature = 'v2' }: ClientOptions): SigningCredentials | null {
  if (signature !== 'v1' && signature !== 'v2') throw new TypeError('signature must be v1 or v2')
  if (!key && !secret) return null
  if (!key || !secret) throw new TypeError('key and secret must be given together, or neither')
  if (!/^[\x21-\x7e]+$/.test(key)) throw new TypeError('key must be printable ASCII, as it is sent in a header')
  return { key, secret, version: signature }
}
