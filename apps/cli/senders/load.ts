import { existsSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type SenderDefinition, senderName, senderScope, SetupError } from '@carillon/contract'
import senddiscord from '@carillon/sender-discord'
import { hookSenders } from '@carillon/sender-hook'
import sendmail from '@carillon/sender-mail'
import sendpush from '@carillon/sender-push'
import sendrealtime from '@carillon/sender-realtime'
import sendslack from '@carillon/sender-slack'
import sendsms from '@carillon/sender-sms'
import sendteams from '@carillon/sender-teams'
import sendtelegram from '@carillon/sender-telegram'
import { refuseDuplicates } from './duplicates.ts'
import { type AnySender, inTime } from './set-up.ts'

/** The senders that come with Carillon. */
export const builtInSenders: readonly SenderDefinition[] = [
  sendmail,
  sendsms,
  sendpush,
  sendrealtime,
  sendslack,
  senddiscord,
  sendtelegram,
  sendteams,
]

/**
 * The built-in senders, those of the operator's hooks file, if there is one, and those of plugins.
 * @throws SetupError when two of them have one name, with the files of both
 */
export async function loadAll(
  hooksFile: string | undefined,
  paths: readonly string[],
): Promise<{ senders: AnySender[]; plugins: LoadedPlugin[] }> {
  const hooks = hooksFile ? await hookSenders(hooksFile) : []
  const plugins = await loadPlugins(paths)
  refuseDuplicates([
    ...builtInSenders.map(({ name }) => ({ name, origin: 'comes with Carillon' })),
    ...hooks.map(({ name }) => ({ name, origin: `is in the hooks file ${hooksFile}` })),
    ...plugins.map(({ sender: { name }, file }) => ({ name, origin: `is in ${file}` })),
  ])
  return { senders: [...builtInSenders, ...hooks, ...plugins.map(({ sender }) => sender)], plugins }
}

interface LoadedPlugin {
  sender: AnySender
  /** The path of its file, without symbolic links. */
  file: string
}

/**
 * Loads the senders that files export. A file that is named several times is one sender: settings and flags may both
 * name it, each in its own way.
 * @param paths or `file:` URLs
 * @throws SetupError naming the plugin.
 */
export async function loadPlugins(paths: readonly string[]): Promise<LoadedPlugin[]> {
  const files = Map.groupBy(paths, (path) => fileOf(path))
  return Promise.all(Array.from(files, async ([file, [path]]) => ({ sender: await loadPlugin(path!), file })))
}

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
      `The sender plugin ${path} does not export a sender as default: an object with a name and a send function, or the result of defineSender.`,
    )
  }
  const name = senderName.safeParse(sender.name)
  if (!name.success)
    throw new SetupError(`The sender plugin ${path} has a bad name: it ${name.error.issues[0]!.message}.`)
  scope.sender = sender.name // what it began when it was loaded goes on under its name
  return sender
}

async function importModule(path: string): Promise<{ default?: unknown }> {
  const file = fileOf(path)
  try {
    if (!existsSync(file)) throw new Error(`there is no file ${file}`) // Node would name ours, which asked for it
    return (await import(pathToFileURL(file).href)) as { default?: unknown }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const said = [`The sender plugin ${path} cannot be loaded: ${reason}`, ...hintFor(error)].join('. ')
    throw new SetupError(said, { cause: error })
  }
}

function hintFor(error: unknown): string[] {
  if (isReadAsCommonJs(error)) return [ES_MODULE_HINT]
  return isUnknownTypeScript(error) ? [TYPESCRIPT_HINT] : []
}

const ES_MODULE_HINT = 'Set "type": "module" in the package.json beside it, or name the file .mts, or .mjs.'

/** Node reads a file as CommonJS if the package.json beside it says so, and then stumbles over the syntax of modules. */
function isReadAsCommonJs(error: unknown): boolean {
  const sentence = /Unexpected token 'export'|Cannot use import statement outside a module/
  return error instanceof SyntaxError && sentence.test(error.message)
}

const TYPESCRIPT_HINT = `A sender in TypeScript needs Node 22.18 or newer; this is Node ${process.versions.node}.`

function isUnknownTypeScript(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return error.code === 'ERR_UNKNOWN_FILE_EXTENSION' && /"\.[cm]?ts"/.test(error.message)
}

/** Absolute, and without symbolic links, where it is there. */
function fileOf(path: string): string {
  const file = path.startsWith('file:') ? pathOf(path) : resolve(path)
  return existsSync(file) ? realpathSync.native(file) : file
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw new SetupError(`The sender plugin ${url} cannot be loaded: it is not the URL of a file on this machine.`, {
      cause: error,
    })
  }
}

function isSender(value: unknown): value is AnySender {
  if (typeof value !== 'object' || value === null || !('name' in value)) return false
  return (
    ('send' in value && typeof value.send === 'function') || ('create' in value && typeof value.create === 'function')
  )
}
