import type { Config } from '@carillon/config'
import { type App, readPublicKey } from '@carillon/contract'
import { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import {
  API_SETTINGS,
  configOf,
  DATABASE_SETTINGS,
  type Flags,
  requireDatabase,
  settingsCommand,
  withSettings,
} from '../command.ts'
import { originOf } from '../api-client.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type ListLayout, printList } from '../list.ts'
import type { Apps } from '../roles.ts'

const APP_SETTINGS = [...DATABASE_SETTINGS, ...API_SETTINGS, '--admin-account', '--admin-password']

/** `carillon app`: the apps in the database. A secret is shown once, when it is made. */
export function appCommand(io: Io): Command {
  return new Command('app')
    .description('create, list and change apps, add and retire their secrets and public keys')
    .addCommand(createAppCommand(io))
    .addCommand(listAppsCommand(io))
    .addCommand(setCommand(io))
    .addCommand(addSecretCommand(io))
    .addCommand(retireSecretCommand(io))
    .addCommand(addKeyCommand(io))
    .addCommand(retireKeyCommand(io))
}

function createAppCommand(io: Io): Command {
  const command = settingsCommand('create', 'create an app, and print its key and secret').argument('<name>')
  return withSettings(command, APP_SETTINGS).action((name: string, flags: Flags) =>
    openedApps(io, configOf(io, flags), async (apps) => io.print(`${created(await apps.create(name))}\n`)),
  )
}

function listAppsCommand(io: Io): Command {
  const command = settingsCommand('list', 'list all apps, without secrets')
  return withSettings(command, APP_SETTINGS).action((flags: Flags) =>
    useApps(io, flags, async (apps) => printList(io, await apps.list(), LAYOUT)),
  )
}

function setCommand(io: Io): Command {
  const command = settingsCommand('set', 'change settings of an app, as PATCH /v1/apps/{id} does')
    .argument('<app>', 'its id')
    .argument('<settings...>', 'name=value, such as enabled=false or limits={"connections":100}; null removes one')
  return withSettings(command, APP_SETTINGS).action(async (text: string, settings: string[], flags: Flags) => {
    const app = idOf('app', text)
    const fields = Object.fromEntries(settings.map(settingOf))
    await withApps(io, flags, async (apps) => {
      await apps.change(app, fields)
      return `The app ${app} is changed.`
    })
  })
}

/** A value that is JSON is read as such; anything else is text. */
function settingOf(text: string): [string, unknown] {
  const [, whole] = /^(\w+)\.\w+=/.exec(text) ?? []
  if (whole !== undefined)
    throw new UserError(`${whole} can only be set as a whole: ${whole}={"name":value}, with quotes for the shell.`)
  const [, name, value] = /^(\w+)=([^]*)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new UserError(`${text} is not of the form name=value.`)
  if (['addSecret', 'retireSecret'].includes(name))
    throw new UserError('Secrets have commands of their own: carillon app add-secret and retire-secret.')
  try {
    return [name, JSON.parse(value)]
  } catch {
    return [name, value]
  }
}

function addSecretCommand(io: Io): Command {
  const command = settingsCommand('add-secret', 'add a secret to an app, and print it').argument('<app>', 'its id')
  return withSettings(command, APP_SETTINGS).action(async (text: string, flags: Flags) => {
    const app = idOf('app', text)
    await withApps(io, flags, async (apps) => {
      const { id, secret } = await apps.addSecret(app)
      return `id      ${id}\nsecret  ${secret}`
    })
  })
}

function retireSecretCommand(io: Io): Command {
  const command = settingsCommand('retire-secret', 'retire a secret of an app').argument('<app>', 'its id')
  command.argument('<secret>', 'the id of the secret, as listed')
  return withSettings(command, APP_SETTINGS).action(async (appText: string, secretText: string, flags: Flags) => {
    const [app, secret] = [idOf('app', appText), idOf('secret', secretText)]
    await withApps(io, flags, async (apps) => {
      await apps.retireSecret(app, secret)
      return `The secret ${secret} of the app ${app} is no longer valid.`
    })
  })
}

function created({ id, key, secrets }: App): string {
  return [`id      ${id}`, `key     ${key}`, ...secrets.map(({ secret }) => `secret  ${secret}`)].join('\n')
}

const LAYOUT: ListLayout<App> = {
  columns: ['ID', 'NAME', 'KEY', 'SECRETS', 'PUBLIC KEYS', 'STATE'],
  fieldsOf: (app) => [
    String(app.id),
    app.name,
    app.key,
    secretIds(app),
    String(app.settings.publicKeys?.length ?? 0),
    app.enabled ? 'enabled' : 'disabled',
  ],
  lineOf: (app) => {
    const keys = app.settings.publicKeys?.length ? `  public keys ${app.settings.publicKeys.length}` : ''
    return `${app.id}  ${app.name}  key ${app.key}  secrets ${secretIds(app)}${keys}${app.enabled ? '' : '  disabled'}`
  },
  none: 'There are no apps.',
}

function secretIds({ secrets }: App): string {
  return secrets.map(({ id }) => id).join(', ') || 'none'
}

/** `carillon app add-key`: tokens may be signed with its private key from now on. */
function addKeyCommand(io: Io): Command {
  const command = settingsCommand('add-key', 'add a public key to an app, for RS256 or ES256').argument(
    '<app>',
    'its id',
  )
  command.argument('<file>', 'the public key as PEM')
  return withSettings(command, APP_SETTINGS).action(async (text: string, file: string, flags: Flags) => {
    const app = idOf('app', text)
    const pem = await publicKeyIn(file)
    await withApps(io, flags, async (apps) => {
      const pems = [...(await apps.publicKeys(app)), pem]
      await apps.setPublicKeys(app, pems)
      return `The key has the number ${pems.length} of the app ${app}.`
    })
  })
}

function retireKeyCommand(io: Io): Command {
  const command = settingsCommand('retire-key', 'remove a public key from an app').argument('<app>', 'its id')
  command.argument('<number>', 'which of its keys, from 1')
  return withSettings(command, APP_SETTINGS).action(async (appText: string, numberText: string, flags: Flags) => {
    const [app, number] = [idOf('app', appText), idOf('key', numberText)]
    await withApps(io, flags, async (apps) => {
      const pems = await apps.publicKeys(app)
      if (number > pems.length) throw new UserError(`The app ${app} has ${pems.length} public keys.`)
      await apps.setPublicKeys(app, pems.toSpliced(number - 1, 1))
      return `The key ${number} of the app ${app} is no longer valid.`
    })
  })
}

async function publicKeyIn(file: string): Promise<string> {
  const pem = await readFile(file, 'utf8').catch(() => {
    throw new UserError(`The file ${file} cannot be read.`)
  })
  if (readPublicKey(pem)) return pem
  throw new UserError(`${file} contains no RSA (2048 bits or more) or P-256 public key as PEM.`)
}

/** Prints what `use` answers. */
function withApps(io: Io, flags: Flags, use: (apps: Apps) => Promise<string>): Promise<void> {
  return useApps(io, flags, async (apps) => io.print(`${await use(apps)}\n`))
}

/** Uses apps that are there already. */
async function useApps(io: Io, flags: Flags, use: (apps: Apps) => Promise<void>): Promise<void> {
  const config = configOf(io, flags)
  requireDatabase(config)
  await openedApps(io, config, use)
}

async function openedApps(io: Io, config: Config, use: (apps: Apps) => Promise<void>): Promise<void> {
  const { createLogger } = await import('../logger.ts')
  const { openApps } = await io.compose()
  const apps = await openApps(config, createLogger(config, io.terminal ? 'human' : 'json', io), originOf(config))
  try {
    await use(apps)
  } finally {
    await apps.close()
  }
}

function idOf(what: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new UserError(`The id of the ${what} must be a positive whole number.`)
}
