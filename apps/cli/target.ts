import { isIPv6 } from 'node:net'
import type { Config } from '@carillon/config'
import { UserError } from './errors.ts'

export interface Credentials {
  key: string
  secret: string
}

/** What a server's 401 cannot know. */
export const UNSIGNED = 'The request was not signed, as APP_KEY and APP_SECRET are not set here.'

/** Where a server with this configuration answers on this machine. */
export function originOf({ host, port }: Config): string {
  const address = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`
}

/**
 * Those given beat those configured; undefined in open mode.
 * @throws UserError for one without the other.
 */
export function credentialsOf(config: Config, given: { key?: string; secret?: string }): Credentials | undefined {
  if (!given.key !== !given.secret) throw new UserError('--key and --secret go together.')
  const key = given.key ?? config.appKey
  const secret = given.secret ?? config.appSecret
  return key && secret ? { key, secret } : undefined
}
