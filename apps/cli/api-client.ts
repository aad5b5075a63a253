import { ApiError, type CarillonClient, createClient } from '@carillon/client'
import type { Config } from '@carillon/config'
import { isIPv6 } from 'node:net'
import { configOf, type Flags } from './command.ts'
import { UserError } from './errors.ts'
import type { Io } from './io.ts'

/** Lets a command use the API of the server that its settings name. */
export async function withClient(io: Io, flags: Flags, use: (client: CarillonClient) => Promise<void>): Promise<void> {
  const config = configOf(io, flags)
  const credentials = credentialsOf(config, {})
  const client = createClient({ url: originOf(config), ...credentials })
  try {
    await use(client)
  } catch (error) {
    const isUnsigned = !credentials && error instanceof ApiError && error.status === 401
    throw isUnsigned ? new UserError(`${error.message}: ${UNSIGNED}`, { cause: error }) : error
  } finally {
    client.close()
  }
}

/** What `--size` asks for. */
export function pageSizeOf({ size }: { size?: string }): number | undefined {
  if (size === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(size)) throw new UserError('--size must be a positive whole number.')
  return Number(size)
}

/** What others wrote may not move the cursor of a terminal. */
export function line(...fields: readonly string[]): string {
  return `${fields.join('  ').replaceAll(/\p{Cc}+/gu, ' ')}\n`
}

export interface AppCredentials {
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
export function credentialsOf(config: Config, given: { key?: string; secret?: string }): AppCredentials | undefined {
  if (!given.key !== !given.secret) throw new UserError('--key and --secret go together.')
  const key = given.key ?? config.appKey
  const secret = given.secret ?? config.appSecret
  return key && secret ? { key, secret } : undefined
}
