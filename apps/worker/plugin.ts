import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Sender, type SenderDefinition, senderName, senderScope, SetupError } from '@carillon/contract'
import { inTime } from './in-time.ts'

/** A sender that is ready, or one that still reads its options. */
export type AnySender = Sender | SenderDefinition

/**
 * Loads a sender from a module's default export.
 * @throws SetupError naming the plugin.
 */
export async function loadPlugin(path: string): Promise<AnySender> {
  const scope = { sender: path }
  const module = await inTime(
    `The sender plugin ${path}`,
    senderScope.run(scope, () => importModule(path)),
  )
  const sender: unknown = module.default
  if (!isSender(sender)) {
    throw new SetupError(
      `The sender plugin ${path} has no sender as its default export: an object with a name and a send function, or what defineSender made.`,
    )
  }
  const name = senderName.safeParse(sender.name)
  if (!name.success)
    throw new SetupError(`The sender plugin ${path} has a bad name: it ${name.error.issues[0]!.message}.`)
  scope.sender = sender.name // what it began when it was loaded goes on under its name
  return sender
}

async function importModule(path: string): Promise<{ default?: unknown }> {
  const file = resolve(path)
  try {
    if (!existsSync(file)) throw new Error(`there is no file ${file}`) // Node would name ours, which asked for it
    return (await import(pathToFileURL(file).href)) as { default?: unknown }
  } catch (error) {
    throw new SetupError(
      `The sender plugin ${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}

function isSender(value: unknown): value is AnySender {
  if (typeof value !== 'object' || value === null || !('name' in value)) return false
  return (
    ('send' in value && typeof value.send === 'function') || ('create' in value && typeof value.create === 'function')
  )
}
