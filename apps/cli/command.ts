import { Command } from 'commander'
import { loadConfig, settingFlags } from '@carillon/config'
import type { Config } from '@carillon/config'
import type { Io } from './io.ts'

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

/** Adds the settings' flags after the command's own, so that its help shows those first. */
export function withSettings(command: Command): Command {
  command.optionsGroup('Settings, as in the environment:')
  for (const { flags, about } of FLAGS) command.option(flags, about)
  return command
}

/** @throws ConfigError. */
export function configOf(io: Io, flags: Flags): Config {
  return loadConfig({ env: io.env, flags, file: flags.config })
}
