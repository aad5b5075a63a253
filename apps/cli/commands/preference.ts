import type { Choice } from '@carillon/client'
import { NO_QUIET_HOURS, type Pusher, type PusherUpdate, quietHoursText, readQuietHours } from '@carillon/contract'
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
    .addCommand(quietHoursCommand(io))
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
    .usage('<pusher> <on|off|default> [--category <name>] [--sender <name>]')
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

interface QuietHoursFlags extends Flags {
  timezone?: string
}

function quietHoursCommand(io: Io): Command {
  const command = settingsCommand('quiet-hours', 'show or set when a pusher is not disturbed')
    .argument('<pusher>', 'id of the pusher')
    .argument('[hours]', '22:00-07:00, or "22:00-07:00 fri sat"; off for none; default for those of the app')
    .option('--timezone <name>', 'time zone of the pusher, such as Asia/Shanghai; "" for that of the app')
  return withSettings(command, API_SETTINGS).action(
    (id: string, hours: string | undefined, { timezone, ...flags }: QuietHoursFlags) =>
      withClient(io, flags, async (client) => {
        const quietHours = hours === undefined ? undefined : hoursOf(hours)
        if (quietHours !== undefined || timezone !== undefined)
          await client.updatePusher(id, changeOf(quietHours, timezone))
        const pusher = await client.getPusher(id)
        if (!pusher) throw new UserError(`There is no pusher ${id}.`)
        io.print(`${quietHoursLine(pusher)}\n`)
      }),
  )
}

function changeOf(quietHours: Pusher['quietHours'], timezone: string | undefined): PusherUpdate {
  return {
    ...(quietHours !== undefined && { quietHours }),
    ...(timezone !== undefined && { timezone: timezone || null }),
  }
}

/** The API checks the hours. */
function hoursOf(text: string): Pusher['quietHours'] {
  const word = text.trim().toLowerCase()
  if (word === NO_QUIET_HOURS) return word
  if (word === 'default') return null
  const hours = readQuietHours(text)
  if (hours === null)
    throw new UserError(
      'The hours must be such as 22:00-07:00 or "22:00-07:00 fri sat"; or off for none, or default for those of the app.',
    )
  return hours as Pusher['quietHours']
}

function quietHoursLine({ quietHours, timezone }: Pusher): string {
  const zone = timezone || 'the time zone of the app'
  if (!quietHours) return `those of the app, in ${zone}`
  return quietHours === NO_QUIET_HOURS ? NO_QUIET_HOURS : `${quietHoursText(quietHours)}, in ${zone}`
}

const LAYOUT: ListLayout<Choice> = {
  columns: ['CATEGORY', 'SENDER', 'VALUE'],
  fieldsOf: ({ category, sender, value }) => [category ?? 'all', sender ?? 'all', value],
  lineOf: ({ category, sender, value }) =>
    [category === null ? 'all categories' : `category ${category}`, sender ?? 'all senders', value].join('  '),
  none: 'The pusher chose nothing.',
}
