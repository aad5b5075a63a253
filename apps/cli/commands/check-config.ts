import type { Command } from 'commander'
import { type Config, describe } from '@carillon/config'
import { join } from 'node:path'
import { type Flags, configOf, settingsCommand, withSettings } from '../command.ts'
import type { Io } from '../io.ts'

/** `carillon check-config`: what is understood, without secrets; fails as a start would. */
export function checkConfigCommand(io: Io): Command {
  const command = settingsCommand('check-config', 'print the effective settings, without secrets')
  return withSettings(command).action((flags: Flags) => {
    const config = configOf(io, flags)
    const mode = config.open ? ['Open mode: no APP_KEY is configured, so no signature is required.'] : []
    const notes = [...mode, ...mailNotes(config), ...outboxNotes(config), ...config.notices]
    io.print(`${[...describe(config), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')}\n`)
  })
}

function mailNotes({ sendgridApiKey, smtpUrl, mailFrom }: Config): string[] {
  if (mailFrom || !(sendgridApiKey || smtpUrl)) return []
  return ['No mail is sent: MAIL_FROM, the address that mail comes from, is not set.']
}

/** Without this setting, the role decides. */
function outboxNotes({ outbox, dataDir }: Config): string[] {
  if (outbox !== undefined) return []
  const folder = join(dataDir, 'outbox')
  return [
    `Email and SMS without a provider become files in ${folder} with carillon start, and wait with carillon worker.`,
  ]
}
