import type { PushFilter, PushRecord } from '@carillon/client'
import { Command } from 'commander'
import { API_SETTINGS, type Flags, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { isoTime, type ListLayout, printList } from '../list.ts'
import { pageSizeOf, withClient } from '../api-client.ts'

interface DeadFlags extends Flags {
  sender?: string
  pusher?: string
  broadcast?: string
  after?: string
  size?: string
  all?: boolean
}

/** `carillon dead`: pushes that were given up, over a server's API. */
export function deadCommand(io: Io): Command {
  return new Command('dead')
    .description('list dead pushes, and replay them')
    .addCommand(listCommand(io))
    .addCommand(replayCommand(io))
}

function listCommand(io: Io): Command {
  const command = withFilter(settingsCommand('list', 'list dead pushes, newest first'))
    .option('--after <id>', 'only those before this push')
    .option('--size <number>', 'how many to list, up to 100; default 10')
  return withSettings(command, API_SETTINGS).action((flags: DeadFlags) =>
    withClient(io, flags, async (client) => {
      const page = { after: flags.after, size: pageSizeOf(flags) }
      const pushes = await client.getPushes({ ...filterOf(flags), ...page, state: 'dead' })
      printList(io, pushes, LAYOUT)
    }),
  )
}

function replayCommand(io: Io): Command {
  const command = withFilter(settingsCommand('replay', 'replay dead pushes'))
    .argument('[ids...]', 'as listed')
    .option('--all', 'every dead push of the app')
  return withSettings(command, API_SETTINGS).action((ids: string[], flags: DeadFlags) => {
    const filter = filterOf(flags)
    checkChoice(ids, filter, flags)
    return withClient(io, flags, async (client) => {
      for (const id of ids) await client.replayPush(id)
      const count = ids.length > 0 ? ids.length : await client.replayDead(filter)
      io.print(`${count} ${count === 1 ? 'push' : 'pushes'} will be sent again.\n`)
    })
  })
}

function withFilter(command: Command): Command {
  return command
    .option('--sender <name>', 'only pushes of this sender')
    .option('--pusher <id>', 'only pushes to this pusher')
    .option('--broadcast <name>', 'only pushes of this broadcast')
}

function filterOf({ sender, pusher, broadcast }: DeadFlags): PushFilter {
  return { sender, pusher, broadcast }
}

/** Replaying everything must be meant. */
function checkChoice(ids: string[], filter: PushFilter, { all = false }: DeadFlags): void {
  const filtered = Object.values(filter).some((value) => value !== undefined)
  const ways = [ids.length > 0, filtered, all].filter(Boolean)
  if (ways.length !== 1) throw new UserError('Select pushes: ids, or --sender, --pusher or --broadcast, or --all.')
}

const LAYOUT: ListLayout<PushRecord> = {
  columns: ['ID', 'FINISHED', 'SENDER', 'PUSHER', 'REASON'],
  fieldsOf: ({ id, sender, pusher, finishedAt, reason }) => [
    id,
    isoTime(finishedAt ?? 0),
    sender,
    pusher,
    reason ?? '',
  ],
  none: 'There are no dead pushes.',
}
