import type { Check } from '@carillon/client'
import type { Command } from 'commander'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, type Flags, settingsCommand, withSettings } from '../command.ts'
import type { Io } from '../io.ts'
import { type ListLayout, printList } from '../list.ts'

/** `carillon explain`: why a pusher is reached through a sender or not, over a server's API. */
export function explainCommand(io: Io): Command {
  const command = settingsCommand(
    'explain',
    'say why a pusher is reached through a sender, or what stands in the way; the exit code is 0 either way',
  )
    .argument('<pusher>', 'the id of the pusher')
    .argument('<sender>', 'the name of the sender')
    .option('--category <name>', 'of the message; default: says which categories are off')
  return withSettings(command, API_SETTINGS).action(
    (pusher: string, sender: string, flags: Flags & { category?: string }) =>
      withClient(io, flags, async (client) => {
        const message = flags.category === undefined ? {} : { category: flags.category }
        printList(io, (await client.explain(pusher, sender, message)).checks, LAYOUT)
      }),
  )
}

const LAYOUT: ListLayout<Check> = {
  columns: ['STATE', 'CHECK', 'WHY'],
  fieldsOf: ({ state, check, sentence, action }) => [state, check, action ? `${sentence} → ${action}` : sentence],
  none: 'There is nothing to check.',
}
