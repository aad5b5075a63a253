import type { CarillonClient, Suppression } from '@carillon/client'
import { Command } from 'commander'
import { API_SETTINGS, type Flags, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { isoTime, type ListLayout, printList } from '../list.ts'
import { pageSizeOf, withClient } from '../api-client.ts'

interface SuppressionFlags extends Flags {
  sender?: string
  address?: string
  after?: string
  size?: string
  reason?: string
}

/** `carillon suppression`: addresses that are not sent to, over a server's API. */
export function suppressionCommand(io: Io): Command {
  return new Command('suppression')
    .description('list, add and lift suppressed addresses')
    .addCommand(listCommand(io))
    .addCommand(addCommand(io))
    .addCommand(liftCommand(io))
}

function listCommand(io: Io): Command {
  const command = withFilter(settingsCommand('list', 'list suppressed addresses, newest first'))
    .option('--after <id>', 'only those before this one')
    .option('--size <number>', 'how many to list, up to 100; default 10')
  return withSettings(command, API_SETTINGS).action((flags: SuppressionFlags) =>
    withClient(io, flags, async (client) => {
      const { sender, address, after } = flags
      const found = await client.getSuppressions({ sender, address, after, size: pageSizeOf(flags) })
      printList(io, found, LAYOUT)
    }),
  )
}

function addCommand(io: Io): Command {
  const command = settingsCommand('add', 'suppress an address')
    .argument('<sender>', 'such as sendmail')
    .argument('<address>', 'an email address or a phone number')
    .option('--reason <text>', 'why')
  return withSettings(command, API_SETTINGS).action((sender: string, address: string, flags: SuppressionFlags) =>
    withClient(io, flags, async (client) =>
      printList(io, [await client.addSuppression(sender, address, flags.reason)], LAYOUT),
    ),
  )
}

function liftCommand(io: Io): Command {
  const command = withFilter(
    settingsCommand('lift', 'lift suppressions, so that the addresses are sent to again'),
  ).argument('[ids...]', 'as listed')
  return withSettings(command, API_SETTINGS).action((ids: string[], flags: SuppressionFlags) => {
    if (ids.length > 0 === (flags.address !== undefined)) throw new UserError('Select suppressions: ids, or --address.')
    return withClient(io, flags, async (client) => {
      const all = ids.length > 0 ? ids : await idsOf(client, flags)
      for (const id of all) await client.liftSuppression(id)
      io.print(`${all.length} ${all.length === 1 ? 'suppression' : 'suppressions'} lifted.\n`)
    })
  })
}

async function idsOf(client: CarillonClient, { sender, address }: SuppressionFlags): Promise<string[]> {
  const found = await client.getSuppressions({ sender, address, size: 100 })
  if (found.length === 0) throw new UserError('That address is not suppressed.')
  return found.map(({ id }) => id)
}

function withFilter(command: Command): Command {
  return command
    .option('--sender <name>', 'only those of this sender')
    .option('--address <address>', 'only this email address or phone number')
}

const LAYOUT: ListLayout<Suppression> = {
  columns: ['ID', 'SINCE', 'SENDER', 'ADDRESS', 'REASON'],
  fieldsOf: ({ id, since, sender, address, reason }) => [id, isoTime(since), sender, address, reason],
  none: 'No address is suppressed.',
}
