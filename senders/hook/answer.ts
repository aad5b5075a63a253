import { type Outcome, retryAfter, RetryableError, sentByStatus } from '@carillon/contract'

/**
 * What a hook's answer means; its body never counts.
 * @throws RetryableError for everything but 2xx and 410
 */
export function outcomeOf(name: string, { status, headers }: Response): Outcome {
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

/** Reads what a hook says and forgets it. Never fails: the status has said all. */
export async function drain({ body }: Response): Promise<void> {
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
