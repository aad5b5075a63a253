import { Command } from 'commander'
import { apiCommand, realtimeCommand, startCommand, workerCommand } from './commands/roles.ts'
import { addressCommand } from './commands/address.ts'
import { appCommand } from './commands/app.ts'
import { broadcastCommand } from './commands/broadcast.ts'
import { categoryCommand } from './commands/category.ts'
import { checkConfigCommand } from './commands/check-config.ts'
import { curlCommand } from './commands/curl.ts'
import { deadCommand } from './commands/dead.ts'
import { explainCommand } from './commands/explain.ts'
import { migrateCommand } from './commands/migrate.ts'
import { preferenceCommand } from './commands/preference.ts'
import { pushCommand } from './commands/push.ts'
import { suppressionCommand } from './commands/suppression.ts'
import { templateCommand } from './commands/template.ts'
import { unsubscribeLinkCommand } from './commands/unsubscribe-link.ts'
import type { Io } from './io.ts'

const COMMANDS = [
  startCommand,
  apiCommand,
  workerCommand,
  realtimeCommand,
  migrateCommand,
  checkConfigCommand,
  curlCommand,
  pushCommand,
  deadCommand,
  explainCommand,
  broadcastCommand,
  suppressionCommand,
  categoryCommand,
  preferenceCommand,
  unsubscribeLinkCommand,
  templateCommand,
  addressCommand,
  appCommand,
]

/** The command line: `carillon <command>`. */
export function createProgram(io: Io): Command {
  const program = new Command('carillon').description('One keyboard, many bells: a notification server')
  program.configureOutput({
    writeOut: io.print,
    writeErr: io.complain,
    outputError: (text, write) => write(withoutValues(text)),
  })
  for (const create of COMMANDS) program.addCommand(create(io))
  inherit(program)
  return program
}

function inherit(command: Command): void {
  command.showHelpAfterError(usageOf(command))
  for (const child of command.commands) inherit(child.copyInheritedSettings(command))
}

/** What a misspelt call can look up: the commands of a group, or the arguments of a command. */
function usageOf(command: Command): string {
  const name = namesOf(command).join(' ')
  if (command.commands.length === 0) return `Usage: ${name} ${command.usage()}`
  return `Commands of ${name}: ${command.commands.map((child) => child.name()).join(', ')}`
}

function namesOf(command: Command): string[] {
  return command.parent ? [...namesOf(command.parent), command.name()] : [command.name()]
}

/** A misspelt flag may carry a secret: `--app-secrte=hunter2`. */
function withoutValues(text: string): string {
  return text.replace(/(--[\w-]+)=[^']*/g, '$1=…')
}
