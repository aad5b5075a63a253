import type { CarillonClient, Suppression } from '@carillon/client'
import { Command } from 'commander'
import { type Flags, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { line, pageSizeOf, withClient } from '../api-client.ts'

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
    .description('list addresses that are not sent to, add one, send to them again')
    .addCommand(listCommand(io))
    .addCommand(addCommand(io))
    .addCommand(liftCommand(io))
}

function listCommand(io: Io): Command {
  const command = withFilter(settingsCommand('list', 'list suppressed addresses, newest first'))
    .option('--after <id>', 'only those before this one')
    .option('--size <number>', 'at most so many, up to 100; default 10')
  return withSettings(command).action((flags: SuppressionFlags) =>
    withClient(io, flags, async (client) => {
      const { sender, address, after } = flags
      const found = await client.getSuppressions({ sender, address, after, size: pageSizeOf(flags) })
      io.print(found.map(lineOf).join(''))
    }),
  )
}

function addCommand(io: Io): Command {
  const command = settingsCommand('add', 'send no more to an address')
    .argument('<sender>', 'such as sendmail')
    .argument('<address>', 'a mail address or a phone number')
    .option('--reason <text>', 'why')
  return withSettings(command).action((sender: string, address: string, flags: SuppressionFlags) =>
    withClient(io, flags, async (client) =>
      io.print(lineOf(await client.addSuppression(sender, address, flags.reason))),
    ),
  )
}

function liftCommand(io: Io): Command {
  const command = withFilter(settingsCommand('lift', 'send to suppressed addresses again')).argument(
    '[ids...]',
    'as listed',
  )
  return withSettings(command).action((ids: string[], flags: SuppressionFlags) => {
    if (ids.length > 0 === (flags.address !== undefined)) throw new UserError('Say which: ids, or --address.')
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
    .option('--address <address>', 'only this mail address or phone number')
}

function lineOf({ id, since, sender, address, reason }: Suppression): string {
  const time = new Date(since * 1000).toISOString()
  return line(id, time, sender, address, reason)
}
