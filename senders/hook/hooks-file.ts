import { readFile } from 'node:fs/promises'
import { type SenderDefinition, SetupError } from '@carillon/contract'
import { hookSender } from './hook-sender.ts'
import { type Hook, hooks } from './options.ts'

/**
 * A sender for each hook of a hooks file, in its order.
 * @param path of a JSON file: `[{"name": "hook1", "url": "https://…", "secret": "…"}, …]`
 * @throws SetupError that names the file, the entry (counted from 1) and the field, and no value
 */
export async function hookSenders(path: string): Promise<SenderDefinition[]> {
  const list = parseHooks(path, await read(path))
  return list.map((hook) => ({ name: hook.name, create: async () => hookSender(hook) }))
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new SetupError(
      `The hooks file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}

function parseHooks(path: string, text: string): Hook[] {
  const { data, error } = hooks.safeParse(parseJson(path, text))
  if (data) return data
  throw new SetupError(`The hooks file ${path} cannot be used: ${error.issues.map(describe).join('; ')}`)
}

/** The parser's own message quotes the file, and with it perhaps a secret: only the place is taken from it. */
function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const [place] = /line \d+ column \d+/.exec(String(error)) ?? ['an unknown position']
    throw new SetupError(`The hooks file ${path} is not valid JSON, at ${place}`)
  }
}

function describe({ path: [entry, field], message }: { path: PropertyKey[]; message: string }): string {
  if (typeof entry !== 'number') return `it ${message}`
  return `hook ${entry + 1}: ${field === undefined ? '' : `${String(field)} `}${message}`
}
