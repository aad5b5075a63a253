import type { Logger, NotConfigured, PushApi, Sender, SenderContext, SenderDefinition } from '@carillon/contract'

/** A logger that says nothing. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** What `create` gets, without an outbox and with an API of which every call fails, unless given. */
export function exampleContext(overrides: Partial<SenderContext> = {}): SenderContext {
  return { api: () => absentApi, log: silentLogger, ...overrides }
}

/**
 * Creates a sender as a worker would.
 * @throws Error when it says that it is not configured.
 */
export async function createSender(
  definition: SenderDefinition,
  env: Record<string, string | undefined> = {},
  context: Partial<SenderContext> = {},
): Promise<Sender> {
  const made: Sender | NotConfigured = await definition.create(env, exampleContext(context))
  if ('missing' in made) throw new Error(`Sender ${definition.name} is not configured: ${made.missing}`)
  return made
}

const absentApi = new Proxy({} as PushApi, {
  get(_, call) {
    if (call === 'then') return undefined // else awaiting it would call it
    return () => Promise.reject(new Error(`This test gave the sender no API, but it called ${String(call)}`))
  },
})

function ignore(): void {}
