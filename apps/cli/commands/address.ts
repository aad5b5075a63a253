import type { AddressBlock, AddressFields, AddressKind, PusherAddresses, ShownAddress } from '@carillon/client'
import { Command } from 'commander'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, type Flags, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { isoTime, type ListLayout, printList } from '../list.ts'

interface AddressFlags extends Flags, Omit<AddressFields, 'kind' | 'token' | 'subscription'> {}

/** `carillon address`: the places at which a pusher can be reached, over a server's API. */
export function addressCommand(io: Io): Command {
  return new Command('address')
    .description('list, add and remove the addresses of a pusher')
    .addCommand(listCommand(io))
    .addCommand(addCommand(io))
    .addCommand(removeCommand(io))
}

function listCommand(io: Io): Command {
  const command = pusherCommand('list', 'list the addresses of a pusher, and what keeps messages from them')
  return withSettings(command, API_SETTINGS).action((pusher: string, flags: Flags) =>
    withClient(io, flags, async (client) => printList(io, rowsOf(await client.getAddresses(pusher)), LAYOUT)),
  )
}

function addCommand(io: Io): Command {
  const command = pusherCommand('add', 'register an address of a pusher')
    .argument('<kind>', 'fcm, apns, webpush, slack, discord, telegram or teams')
    .argument('<token>', 'a token, the URL of a webhook, the id of a chat, or the subscription of a browser as JSON')
    .option('--target <app>', 'an APNs topic, an FCM project or a web origin')
    .option('--environment <name>', 'of APNs: production or sandbox')
    .option('--platform <name>', 'such as android or ios')
    .option('--locale <tag>', 'such as zh-CN')
    .option('--timezone <name>', 'such as Asia/Shanghai')
    .option('--label <text>', 'a name for people')
  return withSettings(command, API_SETTINGS).action(
    (pusher: string, kind: AddressKind, token: string, flags: AddressFlags) =>
      withClient(io, flags, async (client) => {
        const { target, environment, platform, locale, timezone, label } = flags
        const fields = { kind, ...leadingTo(kind, token), target, environment, platform, locale, timezone, label }
        printList(io, [rowOf(await client.registerAddress(pusher, fields))], LAYOUT)
      }),
  )
}

function removeCommand(io: Io): Command {
  const command = pusherCommand('remove', 'remove addresses of a pusher').argument('<ids...>', 'as listed')
  return withSettings(command, API_SETTINGS).action((pusher: string, ids: string[], flags: Flags) =>
    withClient(io, flags, async (client) => {
      for (const id of ids) await client.removeAddress(pusher, id)
      io.print(`${ids.length} ${ids.length === 1 ? 'address' : 'addresses'} removed.\n`)
    }),
  )
}

function pusherCommand(name: string, about: string): Command {
  return settingsCommand(name, about).argument('<pusher>', 'the id of the pusher')
}

function leadingTo(kind: AddressKind, token: string): Pick<AddressFields, 'token' | 'subscription'> {
  if (kind !== 'webpush') return { token }
  try {
    return { subscription: JSON.parse(token) as object }
  } catch {
    throw new UserError('For webpush, give the subscription as JSON: the text of JSON.stringify(subscription).')
  }
}

/** A line of the list. */
interface AddressRow {
  id: string
  kind: string
  address: string
  seen: string
  label: string
  blocked: AddressBlock[]
}

/** Of an email address and a phone number, which have no id, it is a dash. */
const NONE = '-'

function rowsOf({ addresses, mail, phone }: PusherAddresses): AddressRow[] {
  const plain = { id: NONE, seen: NONE, label: '' }
  return [
    ...(mail ? [{ ...plain, kind: 'mail', ...mail }] : []),
    ...(phone ? [{ ...plain, kind: 'phone', ...phone }] : []),
    ...addresses.map(rowOf),
  ]
}

function rowOf({ id, kind, address, seenAt, label, blocked }: ShownAddress): AddressRow {
  return { id, kind, address, seen: isoTime(seenAt), label, blocked }
}

const LAYOUT: ListLayout<AddressRow> = {
  columns: ['ID', 'KIND', 'ADDRESS', 'SEEN', 'LABEL', 'BLOCKED'],
  fieldsOf: ({ id, kind, address, seen, label, blocked }) => [
    id,
    kind,
    address,
    seen,
    label || NONE,
    blocked.map(blockText).join('; ') || NONE,
  ],
  none: 'The pusher has no address.',
}

function blockText({ as, sender, reason }: AddressBlock): string {
  return `${as}${sender === undefined ? '' : ` for ${sender}`}: ${reason}`
}
