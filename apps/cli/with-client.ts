import { ApiError, type CarillonClient, createClient } from '@carillon/client'
import { configOf, type Flags } from './command.ts'
import { UserError } from './errors.ts'
import type { Io } from './io.ts'
import { credentialsOf, originOf, UNSIGNED } from './target.ts'

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
