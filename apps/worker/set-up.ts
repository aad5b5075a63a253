import {
  isSetupError,
  type NotConfigured,
  type Sender,
  type SenderContext,
  senderScope,
  SetupError,
} from '@carillon/contract'
import { inTime } from './in-time.ts'
import type { AnySender } from './plugin.ts'

/** A day: a send that takes longer is not one that is waited for. */
const LONGEST_TIMEOUT_S = 86_400

/**
 * A sender that is ready, or what it lacks.
 * @throws SetupError naming the sender whose own code fails, hangs, or makes no sender.
 */
export async function setUp(
  sender: AnySender,
  env: Record<string, string | undefined>,
  context: SenderContext,
): Promise<Sender | NotConfigured> {
  if ('send' in sender) return checkTimeout(sender)
  const made: unknown = await inTime(
    `The sender ${sender.name}`,
    senderScope.run({ sender: sender.name }, () => create(sender, env, context)),
  )
  if (isMade(made)) return 'send' in made ? checkTimeout(made) : made
  throw new SetupError(`The create of the sender ${sender.name} returned no sender: an object with a send function.`)
}

/** A timer takes no more than some weeks, and anything else at once: every send would be aborted. */
function checkTimeout(sender: Sender): Sender {
  const { name, timeout = 1 } = sender
  if (Number.isFinite(timeout) && timeout > 0 && timeout <= LONGEST_TIMEOUT_S) return sender
  throw new SetupError(`The timeout of the sender ${name} must be seconds, above 0 and at most ${LONGEST_TIMEOUT_S}.`)
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
