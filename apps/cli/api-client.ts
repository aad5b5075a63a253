import { ApiError, type CarillonClient, createClient } from '@carillon/client'
import type { Config } from '@carillon/config'
import { CarillonError } from '@carillon/contract'
import { isIPv6 } from 'node:net'
import { configOf, type Flags } from './command.ts'
import { UserError } from './errors.ts'
import type { Io } from './io.ts'
import { refusalForCommands } from './refusal.ts'

/** Lets a command use the API of the server that its settings name. */
export async function withClient(io: Io, flags: Flags, use: (client: CarillonClient) => Promise<void>): Promise<void> {
  const config = configOf(io, flags)
  const credentials = credentialsOf(config, {})
  const client = createClient({ url: originOf(config), ...credentials })
  try {
    await use(client)
  } catch (error) {
    throw withAdvice(error, credentials !== undefined)
  } finally {
    client.close()
  }
}

/** What the server, or its silence, cannot say. */
function withAdvice(error: unknown, isSigned: boolean): unknown {
  if (!(error instanceof CarillonError)) return error
  if (error instanceof ApiError) {
    const isUnsigned = !isSigned && error.status === 401
    return isUnsigned ? new UserError(`${error.message}: ${UNSIGNED}`, { cause: error }) : refusalForCommands(error)
  }
  return error.code === 'unavailable' ? noServer(error.message, error) : error
}

/** @param what that a server cannot be reached, without a full stop. */
export function noServer(what: string, cause: unknown): UserError {
  return new UserError(
    `${what}. Start a server there with carillon start, or set HOST and PORT to those of the server that runs.`,
    { cause },
  )
}

/** What `--size` asks for. */
export function pageSizeOf({ size }: { size?: string }): number | undefined {
  if (size === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(size)) throw new UserError('--size must be a positive whole number.')
  return Number(size)
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
