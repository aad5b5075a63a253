import { createHash, randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { CarillonError } from '@carillon/contract'
import type { IdempotencyKey, IdempotencyRepository, KeptAnswer } from '@carillon/store'
import { errorAnswer, logFailure, STATUS_OF } from './errors.ts'
import type { ApiDeps } from './deps.ts'
import type { ApiEnv } from './receive.ts'

/** Seconds: longer than any request takes, and a day. */
const TIMES = { lease: 60, kept: 86_400 }

type IdempotencyDeps = Pick<ApiDeps, 'idempotency' | 'log'>

/**
 * Answers a request that has an Idempotency-Key once, and repeats that answer for a day. A request without a key is
 * answered normally. Failures of the server are not remembered: the caller should try again.
 * @throws CarillonError `bad_request` for a malformed key, `idempotency_key_reused` or `idempotency_key_in_flight`.
 */
export async function answerOnce(
  c: Context<ApiEnv>,
  { idempotency, log }: IdempotencyDeps,
  answer: () => Promise<Response>,
): Promise<Response> {
  const given = c.req.header('idempotency-key')
  if (given === undefined) return answer()
  const key = keyOf(c, given)
  const known = await claim(idempotency, key)
  if (known) return repeat(known)
  return remembered(answer, (kept) => settle(idempotency, key, kept).catch((error) => logFailure(log, error, ROUTE)))
}

const ROUTE = 'Idempotency-Key'

function keyOf(c: Context<ApiEnv>, key: string): IdempotencyKey {
  if (!/^[\x20-\x7e]{1,255}$/.test(key))
    throw new CarillonError('bad_request', 'Idempotency-Key must be 1 to 255 characters of printable ASCII.')
  const { target, body } = c.get('received')
  const request = createHash('sha256').update(`${c.req.method}\n${target}\n`).update(body).digest('hex')
  return { app: c.get('app').id, key, request, holder: randomUUID() }
}

/** Undefined: the request is this caller's to answer. */
async function claim(idempotency: IdempotencyRepository, key: IdempotencyKey): Promise<KeptAnswer | undefined> {
  const claimed = await idempotency.claim(key, TIMES)
  if (claimed.is === 'first') return undefined
  if (claimed.is === 'answered') return claimed.answer
  if (claimed.is === 'reused')
    throw new CarillonError('idempotency_key_reused', 'This Idempotency-Key was used for another request.')
  throw new CarillonError(
    'idempotency_key_in_flight',
    'The request with this Idempotency-Key is still being handled; retry in a moment.',
  )
}

/** The answer says that it is no new one: some callers count. */
function repeat({ status, body }: KeptAnswer): Response {
  return new Response(body, { status, headers: { 'Content-Type': 'application/json', 'Idempotent-Replayed': 'true' } })
}

async function remembered(
  answer: () => Promise<Response>,
  settled: (kept: KeptAnswer) => Promise<void>,
): Promise<Response> {
  try {
    const response = await answer()
    await settled({ status: response.status, body: await response.clone().text() })
    return response
  } catch (error) {
    const refusal = errorAnswer(error)
    await settled({ status: STATUS_OF[refusal.code], body: JSON.stringify(refusal) })
    throw error
  }
}

/** A database that fails now changes nothing about the answer: the push is committed. */
async function settle(idempotency: IdempotencyRepository, key: IdempotencyKey, answer: KeptAnswer): Promise<void> {
  if (answer.status >= 500) await idempotency.release(key)
  else await idempotency.keep(key, answer)
}
