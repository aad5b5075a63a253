import { type Push, RetryableError, type Sender, sentByError } from '@carillon/contract'
import { drain, outcomeOf } from './answer.ts'
import type { Hook } from './options.ts'
import { hookRequest } from './request.ts'

/** Milliseconds until a hook must have answered. */
const TIMEOUT_MS = 10_000

/** Hands pushes to a web service of the operator's: a signed POST each, done when the answer is 2xx. */
export function hookSender(hook: Hook): Sender {
  return {
    name: hook.name,
    // A little more than the hook has, so that the push is told of the hook's own.
    timeout: TIMEOUT_MS / 1000 + 5,
    async send(push) {
      const response = await post(hook, push)
      void drain(response) // its end is not worth waiting for: the outcome is known
      return outcomeOf(hook.name, response)
    },
  }
}

async function post(hook: Hook, push: Push): Promise<Response> {
  const signal = AbortSignal.any([push.signal, AbortSignal.timeout(TIMEOUT_MS)])
  try {
    return await fetch(hook.url, { ...hookRequest(hook, push, new Date()), redirect: 'manual', signal })
  } catch (error) {
    const what = push.signal.aborted ? 'did not answer before the send was aborted' : trouble(error)
    throw new RetryableError(`hook ${hook.name} ${what}`, { sent: sentByError(error) })
  }
}

/** Without the address, which may hold a token. */
function trouble(error: unknown): string {
  const { name, cause }: Record<string, unknown> = Object(error)
  if (name === 'TimeoutError') return `did not answer within ${TIMEOUT_MS / 1000} s`
  const { code, message }: Record<string, unknown> = Object(cause)
  return `cannot be reached (${String(code ?? message ?? name)})`
}
