import { type Config, loadConfig, settingFlags } from '@carillon/config'
import { hasDatabase } from '@carillon/store/boot'
import { Command, Option } from 'commander'
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import { UserError } from './errors.ts'
import type { Io } from './io.ts'
import type { Roles, ListeningRole } from './roles.ts'
import { serve } from './serve.ts'

/** What commander read of a command's options. */
export interface Flags {
  config?: string
  readonly [key: string]: unknown
}

/** Made once for all commands. */
const FLAGS = settingFlags()

/** A command that takes every setting as a flag. */
export function settingsCommand(name: string, about: string): Command {
  const command = new Command(name).description(about).optionsGroup('Options:')
  command.option('--config <file>', 'JSON file of settings; carillon.json is read if there')
  return command
}

/** Settings of a command that calls a running server. */
export const API_SETTINGS = ['--host', '--port', '--app-key', '--app-secret']
/** What these mean to such a command: it does not listen. */
const OF_SERVER: Partial<Record<string, string>> = {
  '--host': 'Address of the server',
  '--port': 'Port of the server',
  '--app-key': 'Key that signs the request. A server in open mode needs none',
  '--app-secret': 'Secret of this key',
}
/** Settings of a command that opens the database. */
export const DATABASE_SETTINGS = ['--database-url', '--data-dir', '--log-level']

/**
 * Adds the settings' flags after the command's own, so that its help shows those first. Every command takes every flag,
 * so that a script can pass the same ones to all of them.
 * @param shown flags of the settings that the command reads, which its help shows; default: all
 */
export function withSettings(command: Command, shown?: readonly string[]): Command {
  command.optionsGroup('Settings, as in the environment:')
  for (const { flags, about } of FLAGS) {
    const flag = flags.split(' ')[0]!
    const isShown = shown === undefined || shown.includes(flag)
    const meaning = (shown?.includes(flag) && OF_SERVER[flag]) || about
    command.addOption(new Option(flags, meaning).hideHelp(!isShown))
  }
  return command
}

/** @throws ConfigError. */
export function configOf(io: Io, flags: Flags): Config {
  return loadConfig({ env: io.env, flags, file: flags.config })
}

export interface ListeningCommand<R extends ListeningRole> {
  name: string
  about: string
  run(compose: Roles, config: Config, log: Logger): Promise<R>
  /** Says where it listens. */
  ready(server: R, log: Logger, config: Config): void
}

/** The command of a role that runs alone and listens on a port. */
export function listeningCommand<R extends ListeningRole>(
  io: Io,
  { name, about, run, ready }: ListeningCommand<R>,
): Command {
  return withSettings(settingsCommand(name, about)).action(async (flags: Flags) => {
    const config = configOf(io, flags)
    requireServers(name, config)
    await serve(io, {
      config,
      human: false,
      run: (compose, log) => run(compose, config, log),
      started: (server, log) => ready(server, log, config),
    })
  })
}

/**
 * A role alone meets the others through Postgres and Redis.
 * @throws UserError naming what is missing.
 */
export function requireServers(role: string, { databaseUrl, redisUrl }: Config): void {
  const missing = [!databaseUrl && 'DATABASE_URL', !redisUrl && 'REDIS_URL'].filter(Boolean)
  if (missing.length === 0) return
  throw new UserError(
    `carillon ${role} runs beside other processes, so it needs Postgres and Redis: set ${missing.join(' and ')}, ` +
      'or run everything in one process with carillon start.',
  )
}

/**
 * For a command that works on a database that is there already.
 * @throws UserError where there is none: one would be created, of which no server knows
 */
export function requireDatabase({ databaseUrl, dataDir }: Config): void {
  if (databaseUrl || hasDatabase(dataDir)) return
  throw new UserError(
    `There is no database in ${resolve(dataDir)}. Run this command in the folder in which the server runs, ` +
      "or set DATA_DIR to the server's data directory, or DATABASE_URL to its database.",
  )
}
