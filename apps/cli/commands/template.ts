import type { Template } from '@carillon/client'
import { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, type Flags, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { reportOutcome } from '../outcome.ts'
import { isoTime, type ListLayout, printList } from '../list.ts'

interface TemplateFlags extends Flags {
  sender?: string
  locale?: string
  pusher?: string
  vars?: string
  wait?: string
  strict?: boolean
  category?: string
}

/** `carillon template`: stored templates, over a server's API. */
export function templateCommand(io: Io): Command {
  return new Command('template')
    .description('store, list, show, preview, test and remove templates')
    .addCommand(listCommand(io))
    .addCommand(putCommand(io))
    .addCommand(showCommand(io))
    .addCommand(versionsCommand(io))
    .addCommand(rollbackCommand(io))
    .addCommand(previewCommand(io))
    .addCommand(testCommand(io))
    .addCommand(removeCommand(io))
}

function listCommand(io: Io): Command {
  const command = settingsCommand('list', 'list all templates')
  return withSettings(command, API_SETTINGS).action((flags: TemplateFlags) =>
    withClient(io, flags, async (client) => printList(io, await client.getTemplates(), LAYOUT)),
  )
}

function putCommand(io: Io): Command {
  const command = nameCommand(
    'put',
    'store a version of a template, which replaces its text for the sender and the locale',
  )
    .argument('<sender>', 'such as sendmail, or partial for a text that other templates render')
    .argument('<data>', 'what the sender expects, such as {"subject": "hello", "text": "world"}, or @ and a file')
    .option('--locale <tag>', 'such as zh-Hant; default: for all locales that have no template of their own')
    .option('--strict', 'refuse pushes without every name of vars that it mentions')
    .option('--category <name>', 'of pushes with it that name none')
  return withSettings(command, API_SETTINGS).action(
    (name: string, sender: string, given: string, flags: TemplateFlags) =>
      withClient(io, flags, async (client) => {
        const { locale, strict, category } = flags
        const data = given.startsWith('@') ? await textOf(given.slice(1)) : given
        const chosen = {
          ...(locale !== undefined && { locale }),
          ...(strict && { strict }),
          ...(category && { category }),
        }
        printList(io, [await client.putTemplate(name, { sender, data, ...chosen })], LAYOUT)
      }),
  )
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UserError(`${file} cannot be read.`, { cause: error })
  }
}

function showCommand(io: Io): Command {
  const command = selecting(nameCommand('show', 'show a template with its data, as JSON'))
  return withSettings(command, API_SETTINGS).action((name: string, { sender, locale, ...flags }: TemplateFlags) =>
    withClient(io, flags, async (client) => printJson(io, await client.getTemplate(name, { sender, locale }))),
  )
}

function versionsCommand(io: Io): Command {
  const command = nameCommand('versions', 'list the versions of a template, newest first')
  return withSettings(command, API_SETTINGS).action((name: string, flags: TemplateFlags) =>
    withClient(io, flags, async (client) =>
      printList(io, await client.getTemplateVersions(name, { size: 100 }), LAYOUT),
    ),
  )
}

function rollbackCommand(io: Io): Command {
  const command = nameCommand('rollback', 'store an earlier version again, as the newest').argument(
    '<version>',
    'its number, as listed by versions',
  )
  return withSettings(command, API_SETTINGS).action((name: string, version: string, flags: TemplateFlags) => {
    if (!/^[1-9]\d{0,8}$/.test(version)) throw new UserError('The version must be a positive whole number.')
    return withClient(io, flags, async (client) =>
      printList(io, [await client.rollbackTemplate(name, Number(version))], LAYOUT),
    )
  })
}

function previewCommand(io: Io): Command {
  const command = rendering(nameCommand('preview', 'render a template without sending it')).option(
    '--pusher <id>',
    'for whom, or the fields of a pusher as JSON',
  )
  return withSettings(command, API_SETTINGS).action((name: string, flags: TemplateFlags) => {
    const { pusher } = flags
    const options = { ...renderOptions(flags), ...(pusher !== undefined && { pusher }) }
    return withClient(io, flags, async (client) => printJson(io, await client.previewTemplate(name, options)))
  })
}

function testCommand(io: Io): Command {
  const command = rendering(
    nameCommand('test', 'send a template to one pusher, print the name of the push, and wait for its outcome'),
  )
    .argument('<pusher>', 'id of the recipient')
    .option('--wait <seconds>', 'how long to wait for the outcome', '5')
  return withSettings(command, API_SETTINGS).action((name: string, pusher: string, flags: TemplateFlags) =>
    withClient(io, flags, async (client) => {
      const seconds = waitOf(flags)
      const push = await client.testTemplate(name, pusher, renderOptions(flags))
      io.print(`${push}\n`)
      if (seconds > 0) await reportOutcome(io, client, { name: push, pusher }, seconds)
    }),
  )
}

function waitOf({ wait = '' }: TemplateFlags): number {
  const seconds = Number(wait || NaN)
  if (seconds >= 0 && seconds <= 3600) return seconds
  throw new UserError('--wait must be seconds, from 0 to 3600.')
}

function removeCommand(io: Io): Command {
  const command = selecting(nameCommand('remove', 'remove a template, for all senders and locales or for some'))
  return withSettings(command, API_SETTINGS).action((name: string, { sender, locale, ...flags }: TemplateFlags) =>
    withClient(io, flags, async (client) => {
      await client.removeTemplate(name, { sender, locale })
      io.print(`${name} removed.\n`)
    }),
  )
}

function nameCommand(name: string, about: string): Command {
  return settingsCommand(name, about).argument('<name>', 'of the template')
}

function selecting(command: Command): Command {
  return command
    .option('--sender <name>', 'only that for this sender')
    .option('--locale <tag>', 'only that for this locale; empty: that without one')
}

function rendering(command: Command): Command {
  return command
    .option('--sender <name>', 'the sender, if the template is for several')
    .option('--locale <tag>', "instead of the pusher's")
    .option('--vars <json>', 'what it shows as {{ vars.name }}, such as {"code": "1234"}')
}

function renderOptions({ sender, locale, vars }: TemplateFlags) {
  return {
    ...(sender !== undefined && { sender }),
    ...(locale !== undefined && { locale }),
    ...(vars !== undefined && { vars: varsOf(vars) }),
  }
}

/** @throws UserError for what is no JSON object */
export function varsOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // the same mistake
  }
  throw new UserError('--vars must be a JSON object, such as {"code": "1234"}.')
}

function printJson(io: Io, value: unknown): void {
  io.print(`${JSON.stringify(value, null, 2)}\n`)
}

const LAYOUT: ListLayout<Template> = {
  columns: ['NAME', 'SENDER', 'LOCALE', 'VERSION', 'CATEGORY', 'STRICT', 'STORED'],
  fieldsOf: ({ name, sender, locale, version, category, strict, createdAt }) => [
    name,
    sender,
    locale || '-',
    String(version),
    category ?? '-',
    strict ? 'strict' : '-',
    isoTime(createdAt),
  ],
  lineOf: ({ name, sender, locale, version, category, strict, createdAt }) =>
    [
      name,
      sender,
      locale ? `locale ${locale}` : 'any locale',
      `version ${version}`,
      category === null ? 'no category' : `category ${category}`,
      strict ? 'strict' : 'not strict',
      `stored ${isoTime(createdAt)}`,
    ].join('  '),
  none: 'There is no template.',
}
