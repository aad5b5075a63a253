import { inBatches } from '@carillon/async'
import {
  describeIssues,
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
import { isLast, resultOf, resultOfFailure, type RetryOptions, textOf } from './outcome.ts'

/** Seconds; a sender may set its own. */
const DEFAULT_TIMEOUT_S = 30
/** Seconds for which a call may run before it first waits for something. */
const LONGEST_BLOCK_S = 1
const BLOCKED = 'a sender computed without a pause and blocked the whole process, so no lease was renewed meanwhile'

export interface SendDeps extends RetryOptions {
  sender: Sender
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
  const { sender, deadline } = deps
  const push = toPush(attempt, deadline)
  const answer = () =>
    answerOf(
      deps,
      [attempt],
      () => sender.send(push),
      (outcome) => judge(deps, outcome, attempt),
    )
  const result = sender.data ? invalidData(deps, push).then((refusal) => refusal ?? answer()) : answer()
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
  const sendable = attempts.map((attempt) => ({ attempt, push: toPush(attempt, deps.deadline) }))
  const refusals = await refusalsOf(deps, sendable)
  const valid = sendable.filter((_, index) => !refusals[index])
  const results = valid.length > 0 ? await resultsOf(deps, valid) : []
  return refusals.map((refusal) => refusal ?? results.shift()!)
}

/** Pushes of one call mostly have the same data, which is validated once. */
function refusalsOf(deps: CallDeps, sendable: Sendable[]): Promise<(AttemptResult | undefined)[]> {
  const validated = new Map<string, Promise<AttemptResult | undefined>>()
  return Promise.all(
    sendable.map(({ attempt, push }) => {
      const refusal = validated.get(push.raw) ?? invalidData(deps, push)
      validated.set(push.raw, refusal)
      return refusal.catch((error: unknown) => failed(deps, error, attempt))
    }),
  )
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

/** A push whose data the sender's own schema refuses is dead, since a retry would not help. */
async function invalidData({ sender, deadline }: CallDeps, push: Push): Promise<AttemptResult | undefined> {
  const schema = sender.data
  if (!schema) return undefined
  const validate = async () => schema['~standard'].validate(push.data)
  const { issues } = await deadline.within((fail) => senderScope.run({ sender: sender.name, fail }, validate), 'no')
  if (!issues) return undefined
  return { is: 'dead', reason: textOf(`data is invalid for ${sender.name}: ${describeIssues(issues)}`) }
}

function judge(deps: SendDeps, outcome: Outcome | Error, attempt: Attempt): AttemptResult {
  if (outcome instanceof Error) return failed(deps, outcome, attempt)
  try {
    return resultOf(outcome)
  } catch (error) {
    return resultOfFailure(error, attempt.failures, deps)
  }
}

function failed(deps: SendDeps, error: unknown, { failures }: Attempt): AttemptResult {
  if (deps.stop.aborted && !isLast(error, deps)) return { is: 'returned' }
  return resultOfFailure(error, failures, deps)
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
