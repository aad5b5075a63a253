import type { Command } from 'commander'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, type Flags, settingsCommand, withSettings } from '../command.ts'
import type { Io } from '../io.ts'

interface LinkFlags extends Flags {
  category?: string
  sender: string
}

/** `carillon unsubscribe-link`: the link that a message to a pusher has, over a server's API. */
export function unsubscribeLinkCommand(io: Io): Command {
  const command = settingsCommand('unsubscribe-link', 'print the link with which a pusher unsubscribes')
    .argument('<pusher>', 'the id of the pusher')
    .option('--category <name>', 'of the message; default: the link is for all preferences')
    .option('--sender <name>', 'of the message', 'sendmail')
  return withSettings(command, API_SETTINGS).action((pusher: string, { category, sender, ...flags }: LinkFlags) =>
    withClient(io, flags, async (client) =>
      io.print(`${await client.makeUnsubscribeLink(pusher, sender, category === undefined ? {} : { category })}\n`),
    ),
  )
}
