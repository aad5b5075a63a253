import type { Command } from 'commander'
import { type Flags, settingsCommand, withSettings } from '../command.ts'
import type { Io } from '../io.ts'
import { withClient } from '../api-client.ts'

/** `carillon push`: one push, answered by its name. */
export function pushCommand(io: Io): Command {
  const command = settingsCommand('push', 'push one message, and print the name of the push')
    .argument('<pusher>', 'id of the recipient')
    .argument('<sender>', 'such as sendmail')
    .argument('<data>', 'what the sender takes, such as {"subject": "hello", "text": "world"}')
    .option('--force', 'also to a pusher that lacks the sender')
  return withSettings(command).action((pusher: string, sender: string, data: string, flags: Flags) =>
    withClient(io, flags, async (client) =>
      io.print(`${await client.push(sender, pusher, data, { force: flags.force === true })}\n`),
    ),
  )
}
