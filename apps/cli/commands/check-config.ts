import type { Command } from 'commander'
import { type Config, describe, senderEnv } from '@carillon/config'
import { join } from 'node:path'
import { type Flags, configOf, settingsCommand, withSettings } from '../command.ts'
import { describeError, UserError } from '../errors.ts'
import type { Io } from '../io.ts'

/** `carillon check-config`: what is understood, without secrets; fails as a start would. */
export function checkConfigCommand(io: Io): Command {
  const command = settingsCommand('check-config', 'print the effective settings, without secrets')
  return withSettings(command).action(async (flags: Flags) => {
    const config = configOf(io, flags)
    await checkSenders(config)
    const mode = config.open ? ['Open mode: no APP_KEY is configured, so no signature is required.'] : []
    const notes = [...mode, ...mailNotes(config), ...outboxNotes(config), ...config.notices]
    io.print(`${[...describe(config), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')}\n`)
  })
}

/**
 * Reads the settings of the senders that come with Carillon, and of hooks. Plugins are not loaded: their code would run.
 * @throws UserError with a line for each sender that cannot start
 */
async function checkSenders(config: Config): Promise<void> {
  const { loadAll } = await import('../senders/load.ts') // the other commands need none of their libraries
  const env = senderEnv(config)
  const checks = (await loadAll(config.hooksFile, [])).senders.map(
    async (sender) => 'check' in sender && sender.check?.(env),
  )
  const problems = (await Promise.allSettled(checks)).flatMap((result) =>
    result.status === 'rejected' ? [describeError(result.reason)] : [],
  )
  if (problems.length > 0) throw new UserError(problems.join('\n'))
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
    `Messages without a provider become files in ${folder} with carillon start, and wait with carillon worker: email, SMS, and what goes to phones, Slack channels and Telegram.`,
  ]
}
