import { createClient } from '@carillon/client'
import type { Command } from 'commander'
import { configOf, settingsCommand, withSettings } from '../command.ts'
import type { Flags } from '../command.ts'
import type { Io } from '../io.ts'
import { credentialsOf, originOf } from '../target.ts'

/** `carillon push`: one push, answered by its name. */
export function pushCommand(io: Io): Command {
  const command = settingsCommand('push', 'push one message, and print the name of the push')
    .argument('<pusher>', 'id of the recipient')
    .argument('<sender>', 'such as sendmail')
    .argument('<data>', 'what the sender takes, such as {"subject": "hello", "text": "world"}')
    .option('--force', 'also to a pusher that lacks the sender')
  return withSettings(command).action(async (pusher: string, sender: string, data: string, flags: Flags) => {
    const config = configOf(io, flags)
    const client = createClient({ url: originOf(config), ...credentialsOf(config, {}) })
    try {
      io.print(`${await client.push(sender, pusher, data, { force: flags.force === true })}\n`)
    } finally {
      client.close()
    }
  })
}
