import { type NotConfigured, type Sender, type SenderContext, SetupError } from '@carillon/contract'
import { inTime } from './in-time.ts'
import type { AnySender } from './plugin.ts'

/**
 * A sender that is ready, or what it lacks.
 * @throws SetupError naming the sender whose own code fails, hangs, or makes no sender.
 */
export async function setUp(
  sender: AnySender,
  env: Record<string, string | undefined>,
  context: SenderContext,
): Promise<Sender | NotConfigured> {
  if ('send' in sender) return sender
  const made: unknown = await inTime(`The sender ${sender.name}`, create(sender, env, context))
  if (isMade(made)) return made
  throw new SetupError(`The create of the sender ${sender.name} returned no sender: an object with a send function.`)
}

async function create(...[sender, env, context]: Parameters<typeof setUp>): Promise<unknown> {
  try {
    return 'create' in sender && (await sender.create(env, context))
  } catch (error) {
    if (error instanceof SetupError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new SetupError(`The sender ${sender.name} cannot be set up: ${reason}`, { cause: error })
  }
}

function isMade(made: unknown): made is Sender | NotConfigured {
  if (typeof made !== 'object' || made === null) return false
  return 'missing' in made || ('send' in made && typeof made.send === 'function')
}
