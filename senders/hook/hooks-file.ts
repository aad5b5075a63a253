import { readFile } from 'node:fs/promises'
import { type SenderDefinition, senderName, SetupError } from '@carillon/contract'
import * as z from 'zod'
import { type Hook, hookSender } from './hook-sender.ts'

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

/** The parser's own message quotes the file, and perhaps a secret, so only the position is used. */
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

/** Names of the senders that come with Carillon. */
const TAKEN = [
  'pushall',
  'sendmail',
  'sendrealtime',
  'sendsms',
  'sendpush',
  'sendslack',
  'senddiscord',
  'sendtelegram',
  'sendteams',
]

/** Messages follow the field's name, and never repeat a value: it may be the secret. */
const hook = z.strictObject(
  {
    name: senderName.refine((name) => !TAKEN.includes(name), { error: isTaken }),
    url: required().refine(isHttp, 'must be an http or https address without a user or password'),
    secret: required(),
  },
  { error: describeEntry },
)

/** What a hooks file holds. */
const hooks = z
  .array(hook, 'must be a list of hooks, such as [{"name": "hook1", "url": "https://…", "secret": "…"}]')
  .superRefine(refuseTwins)

function required() {
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
    .min(1, 'is required')
}

function isTaken({ input }: { input: unknown }): string {
  return `must not be "${String(input)}", which is the name of a built-in sender`
}

/** fetch refuses addresses with a user or password. */
function isHttp(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}

function describeEntry(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `has ${issue.keys.join(', ')}, which a hook does not have; its fields are name, url and secret`
  return 'must be a hook: an object with name, url and secret'
}

function refuseTwins(list: Hook[], context: z.RefinementCtx): void {
  for (const [at, { name }] of list.entries()) {
    const first = list.findIndex((each) => each.name === name)
    if (first < at)
      context.addIssue({
        code: 'custom',
        path: [at, 'name'],
        message: `"${name}" is already the name of hook ${first + 1}`,
      })
  }
}
