import { inBatches } from '@carillon/async'
import {
  type Logger,
  type Observer,
  type Outcome,
  type Push,
  type Sender,
  senderScope,
  type Span,
  type Tracer,
} from '@carillon/contract'
import type { AttemptResult } from '@carillon/store'
import type { Concurrency, Permit } from '../claim/concurrency.ts'
import { type Attempt, toPush } from './attempt.ts'
import type { Deadline, Deadlines } from './deadline.ts'
import { endOf, isLast, resultOf, resultOfFailure, resultOfInterruption, type RetryOptions } from './outcome.ts'
import type { DataReader, PushContent } from './read-data.ts'

/** Seconds; a sender may set its own. */
const DEFAULT_TIMEOUT_S = 30
/** Seconds for which a call may run before it first waits for something. */
const LONGEST_BLOCK_S = 1
const BLOCKED = 'a sender computed without a pause and blocked the whole process, so no lease was renewed meanwhile'

export interface SendDeps extends RetryOptions {
  sender: Sender
  /** Reads data by the sender's schema; undefined if it has none. */
  readData: DataReader | undefined
  concurrency: Pick<Concurrency, 'perCall'>
  deadlines: Deadlines
  /** Aborted when the worker must stop now. */
  stop: AbortSignal
  log: Logger
  observer: Observer
  tracer: Tracer
}

/**
 * Sends attempts under a permit for at least as many, in as few calls as the sender accepts. Ends the call of each place.
 * @returns the result of each, index-aligned; none rejects.
 */
export function sendAttempts(deps: SendDeps, attempts: Attempt[], permit: Permit): Promise<AttemptResult>[] {
  if (attempts.length === 0) return []
  permit.start(attempts.length).forEach((place, index) => (attempts[index]!.place = place))
  // All start now, so they share a deadline: one for each would cost more than most calls.
  const deadline = deps.deadlines.open(deps.sender.timeout ?? DEFAULT_TIMEOUT_S)
  const calls = { ...deps, deadline }
  const results = deps.sender.sendBatch
    ? inBatches(attempts, deps.concurrency.perCall).flatMap((batch) => sendBatch(calls, batch))
    : attempts.map((attempt) => sendOne(calls, attempt))
  void Promise.all(results).then(() => deadline.close())
  return results
}

/** Calls of a sender that start together. */
interface CallDeps extends SendDeps {
  deadline: Deadline
}

/** Runs for every push: as an `async` function, with a deadline of its own, it took a third more memory. */
function sendOne(deps: CallDeps, attempt: Attempt): Promise<AttemptResult> {
  const { sender, readData, deadline } = deps
  const send = (read?: PushContent) => {
    const push = toPush(attempt, deadline, read)
    const answer = () => sender.send(push)
    return answerOf(deps, [attempt], answer, (outcome) => judge(deps, outcome, attempt))
  }
  const result = readData
    ? readData(attempt, deadline).then((read) =>
        'invalid' in read ? endOf(attempt.progress, read.invalid) : send(read),
      )
    : send()
  return result.then(
    (known) => {
      attempt.place!.endCall()
      return known
    },
    (error: unknown) => {
      attempt.place!.endCall()
      return failed(deps, error, attempt)
    },
  )
}

function sendBatch(deps: CallDeps, attempts: Attempt[]): Promise<AttemptResult>[] {
  const results = sendTogether(deps, attempts).finally(() => attempts.forEach(({ place }) => place!.endCall()))
  return attempts.map((_, index) => results.then((all) => all[index]!))
}

interface Sendable {
  attempt: Attempt
  push: Push
}

/** Never rejects. */
async function sendTogether(deps: CallDeps, attempts: Attempt[]): Promise<AttemptResult[]> {
  const prepared = await Promise.all(attempts.map((attempt) => prepare(deps, attempt)))
  const sendable = prepared.filter((one) => 'push' in one)
  const results = sendable.length > 0 ? await resultsOf(deps, sendable) : []
  return prepared.map((one) => ('refusal' in one ? one.refusal : results.shift()!))
}

/** Never rejects. */
async function prepare(deps: CallDeps, attempt: Attempt): Promise<Sendable | { refusal: AttemptResult }> {
  try {
    const read = await deps.readData?.(attempt, deps.deadline)
    if (read && 'invalid' in read) return { refusal: endOf(attempt.progress, read.invalid) }
    return { attempt, push: toPush(attempt, deps.deadline, read) }
  } catch (error) {
    return { refusal: failed(deps, error, attempt) }
  }
}

async function resultsOf(deps: CallDeps, sendable: Sendable[]): Promise<AttemptResult[]> {
  const attempts = sendable.map(({ attempt }) => attempt)
  const pushes = sendable.map(({ push }) => push)
  try {
    const answer = () => deps.sender.sendBatch!(pushes)
    return await answerOf(deps, attempts, answer, (outcomes) => {
      if (outcomes.length !== pushes.length)
        throw new TypeError(`sendBatch returned ${outcomes.length} outcomes for ${pushes.length} pushes.`)
      // By index, since `map` would leave out what a plugin left out.
      return attempts.map((attempt, index) => judge(deps, outcomes[index], attempt))
    })
  } catch (error) {
    return attempts.map((attempt) => failed(deps, error, attempt))
  }
}

function judge(deps: SendDeps, outcome: Outcome | Error, attempt: Attempt): AttemptResult {
  if (outcome instanceof Error) return failed(deps, outcome, attempt)
  try {
    const result = resultOf(outcome, attempt.progress)
    if (result.is === 'later' && result.uncounted) attempt.place!.giveBackToken()
    return result
  } catch (error) {
    return resultOfFailure(error, attempt, deps)
  }
}

function failed(deps: SendDeps, error: unknown, attempt: Attempt): AttemptResult {
  if (!deps.stop.aborted || isLast(error, deps)) return resultOfFailure(error, attempt, deps)
  return resultOfInterruption(error, attempt)
}

/** What one call of the sender answers, timed and traced. */
function answerOf<Answer, Read>(
  deps: CallDeps,
  attempts: Attempt[],
  send: () => Promise<Answer>,
  read: (answer: Answer) => Read,
): Promise<Read> {
  const { sender, deadline, tracer } = deps
  const call = beginCall(deps, attempts)
  const inScope = (fail: (error: Error) => void) =>
    warnIfBlocked(deps, () => senderScope.run({ sender: sender.name, fail }, send))
  const answered = tracer.within(call.span, () => deadline.within(inScope, 'maybe'))
  return answered.then(
    (answer) => {
      call.end(true)
      return read(answer)
    },
    (error: unknown) => {
      call.end(false)
      throw error
    },
  )
}

/** A sender that blocks the process keeps it from renewing its leases, and blocks all other senders. */
function warnIfBlocked<T>({ log, sender: { name: sender } }: SendDeps, send: () => T): T {
  const begun = performance.now()
  try {
    return send()
  } finally {
    const seconds = (performance.now() - begun) / 1000
    if (seconds > LONGEST_BLOCK_S) log.warn({ sender, seconds }, BLOCKED)
  }
}

/** A call of a sender that has begun. */
interface BegunCall {
  /** A child of the span of its first attempt, with links to those of the others. */
  span: Span
  /** Called once. @param answered false: it threw, or did not answer in time */
  end(answered: boolean): void
}

/** Begins to time and to trace one call. */
function beginCall({ observer, tracer, sender: { name: sender } }: SendDeps, attempts: readonly Attempt[]): BegunCall {
  const [parent = null, ...links] = attempts.map(({ span }) => span.traceparent)
  const pushes = attempts.length
  const attributes = { 'carillon.sender': sender, 'carillon.pushes': pushes }
  const span = tracer.begin({ name: `send ${sender}`, kind: 'client', parent, links, attributes })
  const startedAt = performance.now()
  return {
    span,
    end(answered) {
      span.end(answered ? undefined : 'failed')
      observer.called({ sender, pushes, seconds: (performance.now() - startedAt) / 1000, answered })
    },
  }
}
