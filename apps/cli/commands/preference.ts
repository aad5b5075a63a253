import type { Choice } from '@carillon/client'
import { Argument, Command } from 'commander'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, type Flags, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type ListLayout, printList } from '../list.ts'

interface PreferenceFlags extends Flags {
  category?: string
  sender?: string
}

/** `carillon preference`: what a pusher chose, over a server's API. */
export function preferenceCommand(io: Io): Command {
  return new Command('preference')
    .description('list and change what a pusher chose')
    .addCommand(listCommand(io))
    .addCommand(setCommand(io))
}

function listCommand(io: Io): Command {
  const command = settingsCommand('list', 'list what a pusher chose').argument('<pusher>', 'id of the pusher')
  return withSettings(command, API_SETTINGS).action((pusher: string, flags: PreferenceFlags) =>
    withClient(io, flags, async (client) => printList(io, (await client.getPreferences(pusher)).choices, LAYOUT)),
  )
}

function setCommand(io: Io): Command {
  const command = settingsCommand('set', 'switch a category, a sender or both on or off')
    .argument('<pusher>', 'id of the pusher')
    .addArgument(new Argument('<value>', 'default removes the choice').choices(['on', 'off', 'default']))
    .option('--category <name>', 'this category; default: all')
    .option('--sender <name>', 'through this sender; default: all')
  return withSettings(command, API_SETTINGS).action(
    (pusher: string, value: 'on' | 'off' | 'default', flags: PreferenceFlags) => {
      const { category, sender } = flags
      if (category === undefined && sender === undefined)
        throw new UserError('Name what to switch: --category, --sender or both.')
      const change = { ...(category !== undefined && { category }), ...(sender !== undefined && { sender }), value }
      return withClient(io, flags, async (client) =>
        printList(io, (await client.setPreferences(pusher, [change])).choices, LAYOUT),
      )
    },
  )
}

const LAYOUT: ListLayout<Choice> = {
  columns: ['CATEGORY', 'SENDER', 'VALUE'],
  fieldsOf: ({ category, sender, value }) => [category ?? 'all', sender ?? 'all', value],
  none: 'The pusher chose nothing.',
}
