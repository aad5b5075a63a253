import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { readPublicKey } from '@carillon/contract'
import { settingsCommand, withSettings } from '../command.ts'
import type { Flags } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { idOf, withApps } from './with-apps.ts'

/** `carillon app add-key`: tokens may be signed with its private key from now on. */
export function addKeyCommand(io: Io): Command {
  const command = settingsCommand('add-key', 'give an app a public key, for RS256 or ES256').argument('<app>', 'its id')
  command.argument('<file>', 'the public key as PEM')
  return withSettings(command).action(async (text: string, file: string, flags: Flags) => {
    const app = idOf('app', text)
    const pem = await publicKeyIn(file)
    await withApps(io, flags, async (apps) => {
      const pems = [...(await apps.publicKeys(app)), pem]
      await apps.setPublicKeys(app, pems)
      return `The key is number ${pems.length} of the app ${app}.`
    })
  })
}

export function retireKeyCommand(io: Io): Command {
  const command = settingsCommand('retire-key', 'take a public key from an app').argument('<app>', 'its id')
  command.argument('<number>', 'which of its keys, from 1')
  return withSettings(command).action(async (appText: string, numberText: string, flags: Flags) => {
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
  throw new UserError(`${file} holds no RSA (2048 bits or more) or P-256 public key as PEM.`)
}
