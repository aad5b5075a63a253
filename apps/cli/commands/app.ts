import { Command } from 'commander'
import type { App } from '@carillon/contract'
import { settingsCommand, withSettings } from '../command.ts'
import type { Flags } from '../command.ts'
import type { Io } from '../io.ts'
import { addKeyCommand, retireKeyCommand } from './app-keys.ts'
import { idOf, withApps } from './with-apps.ts'

/** `carillon app`: the apps in the database. A secret is shown once, when it is made. */
export function appCommand(io: Io): Command {
  return new Command('app')
    .description('create and list apps, add and retire their secrets and public keys')
    .addCommand(createAppCommand(io))
    .addCommand(listAppsCommand(io))
    .addCommand(addSecretCommand(io))
    .addCommand(retireSecretCommand(io))
    .addCommand(addKeyCommand(io))
    .addCommand(retireKeyCommand(io))
}

function createAppCommand(io: Io): Command {
  const command = settingsCommand('create', 'create an app, and print its key and secret').argument('<name>')
  return withSettings(command).action((name: string, flags: Flags) =>
    withApps(io, flags, async (apps) => created(await apps.create(name))),
  )
}

function listAppsCommand(io: Io): Command {
  const command = settingsCommand('list', 'list all apps, without secrets')
  return withSettings(command).action((flags: Flags) =>
    withApps(io, flags, async (apps) => (await apps.list()).map(listed).join('\n')),
  )
}

function addSecretCommand(io: Io): Command {
  const command = settingsCommand('add-secret', 'give an app one more secret, and print it').argument('<app>', 'its id')
  return withSettings(command).action(async (text: string, flags: Flags) => {
    const app = idOf('app', text)
    await withApps(io, flags, async (apps) => {
      const { id, secret } = await apps.addSecret(app)
      return `id      ${id}\nsecret  ${secret}`
    })
  })
}

function retireSecretCommand(io: Io): Command {
  const command = settingsCommand('retire-secret', 'take a secret from an app').argument('<app>', 'its id')
  command.argument('<secret>', 'the id of the secret, as listed')
  return withSettings(command).action(async (appText: string, secretText: string, flags: Flags) => {
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

function listed({ id, name, key, secrets, settings, enabled }: App): string {
  const ids = secrets.map((secret) => secret.id).join(', ') || 'none'
  const keys = settings.publicKeys?.length ? `  public keys ${settings.publicKeys.length}` : ''
  return `${id}  ${name}  key ${key}  secrets ${ids}${keys}${enabled ? '' : '  disabled'}`
}
