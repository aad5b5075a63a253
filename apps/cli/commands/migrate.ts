import type { Command } from 'commander'
import { DATABASE_SETTINGS, type Flags, configOf, requireDatabase, settingsCommand, withSettings } from '../command.ts'
import type { Io } from '../io.ts'

/** `carillon migrate`: brings the database up to date and ends. */
export function migrateCommand(io: Io): Command {
  const command = settingsCommand('migrate', 'migrate the database, then exit')
  return withSettings(command, DATABASE_SETTINGS).action(async (flags: Flags) => {
    const config = configOf(io, flags)
    requireDatabase(config)
    const { createLogger } = await import('../logger.ts')
    const { runMigrate } = await io.compose()
    await runMigrate(config, createLogger(config, io.terminal ? 'human' : 'json', io))
    io.print(`The ${config.databaseUrl ? 'database' : `embedded database in ${config.dataDir}`} is up to date.\n`)
  })
}
