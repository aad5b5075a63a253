import { configOf } from '../command.ts'
import type { Flags } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Apps } from '../roles.ts'

/** Prints what `use` answers. */
export async function withApps(io: Io, flags: Flags, use: (apps: Apps) => Promise<string>): Promise<void> {
  const config = configOf(io, flags)
  const { createLogger } = await import('../logger.ts')
  const { openApps } = await io.compose()
  const apps = await openApps(config, createLogger(config, io.terminal ? 'human' : 'json', io))
  try {
    io.print(`${await use(apps)}\n`)
  } finally {
    await apps.close()
  }
}

export function idOf(what: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new UserError(`The id of the ${what} must be a positive whole number.`)
}
