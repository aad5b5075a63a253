import {
  type Outcome,
  type Push,
  RetryableError,
  retryAfter,
  type Sender,
  sentByError,
  sentByStatus,
  signV1,
} from '@carillon/contract'

/** A web service of the operator. */
export interface Hook {
  /** The sender's name. */
  name: string
  url: string
  /** Signs each request. */
  secret: string
}

/** Milliseconds until a hook must have answered. */
const TIMEOUT_MS = 10_000

/** Sends pushes to a web service of the operator's: one signed POST each, done when the answer is 2xx. */
export function hookSender(hook: Hook): Sender {
  return {
    name: hook.name,
    // A little more than the hook has, so that the hook's own timeout is reported.
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

/**
 * The legacy server's hook request: the form `sender, pusher, data`, signed as v1 over the form and
 * `timestamp`. The push's id comes along for receivers that want to see each push once; it is
 * the same over all tries, and not signed.
 */
function hookRequest(
  hook: Hook,
  push: Push,
  now: Date,
): { method: string; headers: Record<string, string>; body: URLSearchParams } {
  const form = { sender: hook.name, pusher: push.pusher.id, data: push.raw }
  const timestamp = String(Math.floor(now.getTime() / 1000))
  return {
    method: 'POST',
    headers: {
      'User-Agent': 'Carillon',
      'X-Request-Time': timestamp,
      'X-Request-Signature': signV1(hook.secret, { ...form, timestamp }),
      'Idempotency-Key': push.id,
    },
    body: new URLSearchParams(form),
  }
}

/**
 * What a hook's answer means; its body never counts.
 * @throws RetryableError for everything but 2xx and 410
 */
function outcomeOf(name: string, { status, headers }: Response): Outcome {
  if (status >= 200 && status < 300) return
  if (status === 410) return { giveUp: `hook ${name} answered 410 Gone` }
  const sentence =
    status < 400
      ? `hook ${name} redirects (${status}): set its final address in the hooks file`
      : `hook ${name} answered ${status}`
  const after = retryAfter(headers.get('retry-after'), Date.now())
  throw new RetryableError(sentence, { after, sent: sentByStatus(status) })
}

/** Bytes of a body that are read so that its connection can be used again; a longer one costs it. */
const DRAINED = 65_536

/** Reads and drops a hook's answer. Never fails: only the status counts. */
async function drain({ body }: Response): Promise<void> {
  if (!body) return
  let left = DRAINED
  try {
    for await (const chunk of body) {
      left -= chunk.length
      if (left < 0) break
    }
  } catch {
    // Broken off: there is no connection left to use again.
  }
}
