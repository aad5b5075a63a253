import type { Category } from '@carillon/client'
import { Command } from 'commander'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, type Flags, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type ListLayout, printList } from '../list.ts'

interface CategoryFlags extends Flags {
  title?: string
  description?: string
  required?: boolean
  default?: string[]
}

/** `carillon category`: what messages are about, over a server's API. */
export function categoryCommand(io: Io): Command {
  return new Command('category')
    .description('store, list and remove categories')
    .addCommand(listCommand(io))
    .addCommand(putCommand(io))
    .addCommand(removeCommand(io))
}

function listCommand(io: Io): Command {
  const command = settingsCommand('list', 'list all categories')
  return withSettings(command, API_SETTINGS).action((flags: CategoryFlags) =>
    withClient(io, flags, async (client) => printList(io, await client.getCategories(), LAYOUT)),
  )
}

function putCommand(io: Io): Command {
  const command = settingsCommand('put', 'add a category, or replace it')
    .argument('<name>', 'such as news')
    .option('--title <text>', 'what pushers read; default: the name')
    .option('--description <text>', 'what it is about')
    .option('--required', 'it cannot be switched off')
    .option('--default <sender=value...>', 'for pushers who chose nothing, such as sendsms=off')
  return withSettings(command, API_SETTINGS).action((name: string, flags: CategoryFlags) => {
    const { title, description, required = false } = flags
    const fields = {
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
      required,
      default: defaultsOf(flags.default ?? []),
    }
    return withClient(io, flags, async (client) => printList(io, [await client.putCategory(name, fields)], LAYOUT))
  })
}

function defaultsOf(texts: readonly string[]): Category['default'] {
  return Object.fromEntries(
    texts.map((text) => {
      const [, sender, value] = /^([^=]+)=(on|off)$/.exec(text) ?? []
      if (sender === undefined) throw new UserError('--default must be a sender and on or off, such as sendsms=off.')
      return [sender, value === 'on' ? 'on' : 'off']
    }),
  )
}

function removeCommand(io: Io): Command {
  const command = settingsCommand('remove', 'remove a category; what pushers chose for it is kept').argument(
    '<name>',
    'as listed',
  )
  return withSettings(command, API_SETTINGS).action((name: string, flags: CategoryFlags) =>
    withClient(io, flags, async (client) => {
      await client.removeCategory(name)
      io.print(`${name} removed.\n`)
    }),
  )
}

const LAYOUT: ListLayout<Category> = {
  columns: ['NAME', 'TITLE', 'REQUIRED', 'DEFAULT'],
  fieldsOf: ({ name, title, required, default: byDefault }) => [
    name,
    title,
    required ? 'required' : 'optional',
    Object.entries(byDefault)
      .map(([sender, value]) => `${sender}=${value}`)
      .join(',') || 'on',
  ],
  none: 'There is no category.',
}
