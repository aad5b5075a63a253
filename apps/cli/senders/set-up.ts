import { inspect } from 'node:util'
import { within } from '@carillon/async'
import {
  addressKinds,
  isSetupError,
  type Logger,
  type NotConfigured,
  type Sender,
  type SenderContext,
  type SenderDefinition,
  senderScope,
  SetupError,
} from '@carillon/contract'
import { refuseDuplicates } from './duplicates.ts'

/** A sender that is ready, or one that still reads its options. */
export type AnySender = Sender | SenderDefinition

/** Longer than any set-up takes, and about as long as an operator would watch a start. */
const LONGEST_SETUP_MS = 10_000

/** A day: a send that takes longer is not one that is waited for. */
const LONGEST_TIMEOUT_S = 86_400

export interface SetupDeps {
  /** What the senders' options are read from. */
  env: Record<string, string | undefined>
  contextOf(sender: string): SenderContext
  log: Logger
}

/** Senders that can be run, and, by name of the others, what is missing. */
interface SetUpSenders {
  ready: Sender[]
  missing: Record<string, string>
}

/**
 * Sets the senders up. One whose credentials are missing is named in the log and not run: its pushes wait.
 * @throws SetupError when two senders have one name, or one cannot be set up.
 */
export async function setUpSenders(
  senders: readonly AnySender[],
  { env, contextOf, log }: SetupDeps,
): Promise<SetUpSenders> {
  refuseDuplicates(senders.map(({ name }) => ({ name })))
  const ready: Sender[] = []
  const missing: Record<string, string> = {}
  for (const sender of senders) {
    const made = await setUp(sender, env, contextOf(sender.name))
    if ('missing' in made) {
      missing[sender.name] = made.missing
      log.warn({ sender: sender.name }, `${sender.name} is not configured, so its pushes wait: ${made.missing}`)
    } else ready.push(made)
  }
  return { ready, missing }
}

/**
 * A sender that is ready, or what it lacks.
 * @throws SetupError naming the sender whose own code fails, hangs, or makes no sender.
 */
export async function setUp(
  sender: AnySender,
  env: Record<string, string | undefined>,
  context: SenderContext,
): Promise<Sender | NotConfigured> {
  if ('send' in sender) return check(sender)
  const made: unknown = await inTime(
    `The sender ${sender.name}`,
    senderScope.run({ sender: sender.name }, () => create(sender, env, context)),
  )
  if (isMade(made)) return 'send' in made ? check(made) : made
  throw new SetupError(`The create of the sender ${sender.name} returned no sender: an object with a send function.`)
}

/** A timer takes no more than some weeks, and anything else at once: every send would be aborted. */
function check(sender: Sender): Sender {
  const { name, timeout = 1, maxBatch = 1 } = sender
  if (!(Number.isFinite(timeout) && timeout > 0 && timeout <= LONGEST_TIMEOUT_S))
    throw new SetupError(`The timeout of the sender ${name} must be seconds, above 0 and at most ${LONGEST_TIMEOUT_S}.`)
  if (!Number.isSafeInteger(maxBatch) || maxBatch < 1)
    throw new SetupError(`The maxBatch of the sender ${name} must be a whole number of pushes, at least 1.`)
  checkAddressKinds(sender)
  return sender
}

/** No pusher has an address of a misspelt kind, so every push would be given up. */
function checkAddressKinds({ name, addressKinds: kinds = [] }: Sender): void {
  const rule = `The addressKinds of the sender ${name} must be a list of ${addressKinds.join(', ')}`
  if (!Array.isArray(kinds)) throw new SetupError(`${rule}.`)
  const unknown = kinds.find((kind) => !addressKinds.includes(kind))
  if (unknown !== undefined) throw new SetupError(`${rule}: ${inspect(unknown)} is none of them.`)
}

async function create(...[sender, env, context]: Parameters<typeof setUp>): Promise<unknown> {
  try {
    return 'create' in sender && (await sender.create(env, context))
  } catch (error) {
    if (isSetupError(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new SetupError(`The sender ${sender.name} cannot be set up: ${reason}`, { cause: error })
  }
}

function isMade(made: unknown): made is Sender | NotConfigured {
  if (typeof made !== 'object' || made === null) return false
  return 'missing' in made || ('send' in made && typeof made.send === 'function')
}

/** @throws SetupError when a plugin's code does not come to an end. */
export function inTime<T>(what: string, code: T | Promise<T>): Promise<T> {
  const sentence = `${what} was not ready within ${LONGEST_SETUP_MS / 1000} s: something in it does not end.`
  return within(LONGEST_SETUP_MS, code, () => new SetupError(sentence))
}
