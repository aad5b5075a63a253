import {
  type AddressBook,
  type Logger,
  type Outcome,
  RetryableError,
  type Sender,
  type SenderContext,
  type SenderDefinition,
} from '@carillon/contract'
import { guardedOutbound } from '@carillon/outgoing'
import {
  createSender,
  type FakeProvider,
  fakeProvider,
  type ProviderAnswer,
  pushFor,
  type PushOverrides,
} from '@carillon/testkit'
import { onTestFinished } from 'vitest'

/** A sender that talks to a local server, and everything that it said to anybody else. */
export interface ChatStage {
  sender: Sender
  provider: FakeProvider
  /** Calls of the address book. */
  book: unknown[][]
  /** Lines of the log, as JSON. */
  logged: string[]
  send(push: PushOverrides): Promise<Outcome | Error>
  /** The body of the request with this number. */
  body(index?: number): unknown
}

export async function chatStage(
  definition: SenderDefinition,
  env: (url: string) => Record<string, string>,
  { usual, ...context }: Partial<SenderContext> & { usual?: ProviderAnswer } = {},
): Promise<ChatStage> {
  const provider = await fakeProvider(usual)
  const outbound = guardedOutbound({ allowPrivate: true })
  onTestFinished(async () => {
    await outbound.close()
    await provider.close()
  })
  const { book, calls } = recordingBook()
  const { log, logged } = recordingLog()
  const sender = await createSender(definition, env(provider.url), { outbound, addresses: book, log, ...context })
  return {
    sender,
    provider,
    book: calls,
    logged,
    send: async (push) => sender.send(await pushFor(sender, { log, ...push })).catch((error: Error) => error),
    body: (index = 0) => JSON.parse(provider.requests[index]!.body),
  }
}

function recordingBook(): { book: AddressBook; calls: unknown[][] } {
  const calls: unknown[][] = []
  const record =
    (name: string) =>
    async (...call: unknown[]) =>
      void calls.push([name, ...call])
  return { book: { remove: record('remove'), disable: record('disable'), change: record('change') }, calls }
}

function recordingLog(): { log: Logger; logged: string[] } {
  const logged: string[] = []
  const line = (fields: object, message?: string) => void logged.push(JSON.stringify({ ...fields, message }))
  return { log: { debug: line, info: line, warn: line, error: line }, logged }
}

/** What became of a push to one address, in short. */
export function resultOf(outcome: Outcome | Error): Record<string, unknown> {
  const { addresses = [], later } = Object(outcome) as { addresses?: unknown[]; later?: number }
  const { kind: _, address: __, ...result } = Object(addresses[0]) as Record<string, unknown>
  if (later !== undefined) return { ...result, later }
  if (!(outcome instanceof RetryableError)) return result
  const { after, sent, outage, needsOperator } = outcome
  const asked = Object.entries({ after, sent, outage }).filter(([, value]) => value !== undefined)
  return { ...result, ...Object.fromEntries(asked), ...(needsOperator && { needsOperator }) }
}

/** Everything that a log, a history or an error shows of an attempt. */
export function shownOf(stage: ChatStage, outcome: Outcome | Error): string {
  const error = outcome instanceof Error ? [outcome.message, outcome] : outcome
  return JSON.stringify([error, stage.logged, stage.book])
}
