import type { Logger, Observer, Outcome, Push, Sender, Sent, Span, Tracer } from '@carillon/contract'
import { describeIssues, RetryableError } from '@carillon/contract'
import type { PushResult } from '@carillon/store'
import { parseData } from '../data.ts'
import { timed } from './call.ts'
import type { Letter } from './letter.ts'
import { type FailureRules, isLast, resultOf, resultOfFailure, textOf } from './outcome.ts'

/** Seconds; a sender may set its own. */
const DEFAULT_TIMEOUT_S = 30

export interface SendRules extends FailureRules {
  /** Aborted when the worker must stop now. */
  stop: AbortSignal
  log: Logger
  observer: Observer
  tracer: Tracer
}

/** Sends letters, at most as many as the sender takes in one call, and answers what became of each. Never throws. */
export async function sendLetters(sender: Sender, letters: Letter[], rules: SendRules): Promise<PushResult[]> {
  const timeout = new AbortController()
  const seconds = sender.timeout ?? DEFAULT_TIMEOUT_S
  const timer = setTimeout(
    () => timeout.abort(new Error(`The sender did not answer within ${seconds} s.`)),
    seconds * 1000,
  )
  const signal = AbortSignal.any([timeout.signal, rules.stop])
  try {
    return await sendWithin(sender, letters, rules, signal)
  } catch (error) {
    return letters.map(({ failures }) => resultOfFailure(error, failures, rules))
  } finally {
    clearTimeout(timer)
  }
}

async function sendWithin(
  sender: Sender,
  letters: Letter[],
  rules: SendRules,
  signal: AbortSignal,
): Promise<PushResult[]> {
  const sendable = letters.map((letter) => ({ push: toPush(letter, signal), span: letter.span }))
  const refusals = await Promise.allSettled(sendable.map(({ push }) => refusalOf(sender, push)))
  const refused = refusals.map((each, index) =>
    each.status === 'rejected' ? judge(each, letters[index]!, rules) : each.value,
  )
  const accepted = sendable.filter((_, index) => !refused[index])
  const results = await settle(sender, accepted, rules, signal)
  return letters.map((letter, index) => refused[index] ?? judge(results.shift()!, letter, rules))
}

function toPush(letter: Letter, signal: AbortSignal): Push {
  const { id, app, name, raw, pusher, attempt, log } = letter
  return { id, app, name, raw, pusher, attempt, data: parseData(raw), signal, log }
}

/** Data that the sender's own schema refuses is dead: it will not become better. */
async function refusalOf(sender: Sender, push: Push): Promise<PushResult | undefined> {
  const schema = sender.data
  if (!schema) return undefined
  const { issues } = await untilAborted(async () => schema['~standard'].validate(push.data), push.signal, 'no')
  if (!issues) return undefined
  return { is: 'dead', reason: textOf(`data is not what ${sender.name} takes: ${describeIssues(issues)}`) }
}

interface Sendable {
  push: Push
  span: Span
}

async function settle(
  sender: Sender,
  sendable: Sendable[],
  rules: SendRules,
  signal: AbortSignal,
): Promise<PromiseSettledResult<Outcome>[]> {
  const call = <T>(spans: Span[], send: () => Promise<T>) =>
    timed(rules, sender, spans, () => untilAborted(send, signal, 'maybe'))
  if (!sender.sendBatch)
    return Promise.allSettled(sendable.map(({ push, span }) => call([span], () => sender.send(push))))
  if (sendable.length === 0) return []
  const pushes = sendable.map(({ push }) => push)
  try {
    const spans = sendable.map(({ span }) => span)
    const outcomes = await call(spans, () => sender.sendBatch!(pushes))
    if (outcomes.length !== pushes.length)
      throw new TypeError(`sendBatch answered ${outcomes.length} outcomes for ${pushes.length} pushes.`)
    // Not `map` alone, which would leave out what a plugin left out.
    return Array.from(outcomes, (value) =>
      value instanceof Error ? { status: 'rejected', reason: value } : { status: 'fulfilled', value },
    )
  } catch (reason) {
    return pushes.map(() => ({ status: 'rejected', reason }))
  }
}

/**
 * A sender that ignores its signal is left behind: its late answer changes nothing.
 * @param sent whether the message may be out when that happens
 */
function untilAborted<T>(call: () => Promise<T>, signal: AbortSignal, sent: Sent): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    const abort = () => reject(new RetryableError((signal.reason as Error).message, { sent }))
    signal.addEventListener('abort', abort, { once: true })
    Promise.resolve()
      .then(call)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}

function judge(settled: PromiseSettledResult<Outcome>, letter: Letter, rules: SendRules): PushResult {
  if (settled.status === 'rejected' && rules.stop.aborted && !isLast(settled.reason, rules)) return { is: 'returned' }
  try {
    if (settled.status === 'rejected') throw settled.reason
    return resultOf(settled.value)
  } catch (error) {
    return resultOfFailure(error, letter.failures, rules)
  }
}
