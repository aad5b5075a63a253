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
import type { Concurrency } from '../claim/concurrency.ts'
import { type Attempt, toPush } from './attempt.ts'
import type { Deadline, Deadlines } from './deadline.ts'
import { type FailureRules, isLast, resultOf, resultOfFailure, textOf } from './outcome.ts'

/** Seconds; a sender may set its own. */
const DEFAULT_TIMEOUT_S = 30
/** Seconds for which a call may run before it first waits for something. */
const LONGEST_BLOCK_S = 1
const BLOCKED =
  'a sender blocked the whole process while it computed; meanwhile nothing else ran, and no lease was renewed'

export interface SendRules extends FailureRules {
  /** Aborted when the worker must stop now. */
  stop: AbortSignal
  deadlines: Deadlines
  log: Logger
  observer: Observer
  tracer: Tracer
}

interface SendDeps {
  sender: Sender
  concurrency: Pick<Concurrency, 'perSlot' | 'callsFor' | 'ended'>
  rules: SendRules
}

/**
 * Sends attempts for which there are slots, as many in a call as the sender takes. Each call ends its slot.
 * @returns what becomes of each; none rejects.
 */
export function sendAttempts({ sender, concurrency, rules }: SendDeps, attempts: Attempt[]): Promise<AttemptResult>[] {
  if (attempts.length === 0) return []
  // All begin now, so they share a deadline: one for each would cost more than most calls.
  const deadline = rules.deadlines.open(sender.timeout ?? DEFAULT_TIMEOUT_S)
  let open = concurrency.callsFor(attempts.length)
  const ended = () => {
    concurrency.ended()
    if (--open === 0) deadline.close()
  }
  const calls = { sender, rules, deadline, ended }
  if (!sender.sendBatch) return attempts.map((attempt) => sendOne(calls, attempt))
  return inBatches(attempts, concurrency.perSlot).flatMap((some) => {
    const results = sendTogether(calls, some).finally(ended)
    return some.map((_, index) => results.then((all) => all[index]!))
  })
}

/** Calls of a sender that begin together. */
interface Calls {
  sender: Sender
  rules: SendRules
  deadline: Deadline
  /** To be told at the end of each. */
  ended(): void
}

/** Runs for every push: as an `async` function, with a deadline of its own, it took a third more memory. */
function sendOne(calls: Calls, attempt: Attempt): Promise<AttemptResult> {
  const { sender, rules, deadline, ended } = calls
  const push = toPush(attempt, deadline)
  const answer = () =>
    answerOf(
      calls,
      [attempt],
      () => sender.send(push),
      (outcome) => judge(outcome, attempt, rules),
    )
  const result = sender.data ? refusalOf(calls, push).then((refusal) => refusal ?? answer()) : answer()
  return result.then(
    (known) => {
      ended()
      return known
    },
    (error: unknown) => {
      ended()
      return failed(error, attempt, rules)
    },
  )
}

/** Never rejects. */
async function sendTogether(calls: Calls, attempts: Attempt[]): Promise<AttemptResult[]> {
  const sendable = attempts.map((attempt) => ({ attempt, push: toPush(attempt, calls.deadline) }))
  const refuse = refusingEqual(calls)
  const refused = await Promise.all(
    sendable.map(({ attempt, push }) => refuse(push).catch((error) => failed(error, attempt, calls.rules))),
  )
  const accepted = sendable.filter((_, index) => !refused[index])
  const results = accepted.length > 0 ? await sendBatch(calls, accepted) : []
  return refused.map((refusal) => refusal ?? results.shift()!)
}

interface Sendable {
  attempt: Attempt
  push: Push
}

async function sendBatch(calls: Calls, sendable: Sendable[]): Promise<AttemptResult[]> {
  const { sender, rules } = calls
  const attempts = sendable.map(({ attempt }) => attempt)
  const pushes = sendable.map(({ push }) => push)
  try {
    const answer = () => sender.sendBatch!(pushes)
    return await answerOf(calls, attempts, answer, (outcomes) => {
      if (outcomes.length !== pushes.length)
        throw new TypeError(`sendBatch answered ${outcomes.length} outcomes for ${pushes.length} pushes.`)
      // By index, since `map` would leave out what a plugin left out.
      return attempts.map((attempt, index) => judge(outcomes[index], attempt, rules))
    })
  } catch (error) {
    return attempts.map((attempt) => failed(error, attempt, rules))
  }
}

/** What one call of the sender says, timed and traced. */
function answerOf<Announcement, Read>(
  { sender, rules, deadline }: Calls,
  attempts: Attempt[],
  send: () => Promise<Announcement>,
  read: (said: Announcement) => Read,
): Promise<Read> {
  const spans = attempts.map(({ span }) => span)
  const call = beginCall(rules, sender, spans)
  const inScope = (fail: (error: Error) => void) =>
    timed(rules, sender, () => senderScope.run({ sender: sender.name, fail }, send))
  const said = rules.tracer.within(call.span, () => deadline.within(inScope, 'maybe'))
  return said.then(
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

/** A sender that keeps the process to itself keeps it from its leases, and from all others. */
function timed<T>({ log }: SendRules, { name: sender }: Sender, send: () => T): T {
  const begun = performance.now()
  try {
    return send()
  } finally {
    const seconds = (performance.now() - begun) / 1000
    if (seconds > LONGEST_BLOCK_S) log.warn({ sender, seconds }, BLOCKED)
  }
}

/** Data that the sender's own schema refuses is dead: it will not become better. */
async function refusalOf({ sender, deadline }: Calls, push: Push): Promise<AttemptResult | undefined> {
  const schema = sender.data
  if (!schema) return undefined
  const validate = async () => schema['~standard'].validate(push.data)
  const { issues } = await deadline.within((fail) => senderScope.run({ sender: sender.name, fail }, validate), 'no')
  if (!issues) return undefined
  return { is: 'dead', reason: textOf(`data is not what ${sender.name} takes: ${describeIssues(issues)}`) }
}

/** Pushes of one call mostly have the same data, which is looked at once. */
function refusingEqual(calls: Calls): (push: Push) => Promise<AttemptResult | undefined> {
  const known = new Map<string, Promise<AttemptResult | undefined>>()
  return (push) => {
    const refusal = known.get(push.raw) ?? refusalOf(calls, push)
    known.set(push.raw, refusal)
    return refusal
  }
}

function judge(outcome: Outcome | Error, attempt: Attempt, rules: SendRules): AttemptResult {
  if (outcome instanceof Error) return failed(outcome, attempt, rules)
  try {
    return resultOf(outcome)
  } catch (error) {
    return resultOfFailure(error, attempt.failures, rules)
  }
}

function failed(error: unknown, { failures }: Attempt, rules: SendRules): AttemptResult {
  if (rules.stop.aborted && !isLast(error, rules)) return { is: 'returned' }
  return resultOfFailure(error, failures, rules)
}

interface CallDeps {
  observer: Observer
  tracer: Tracer
}

/** A call of a sender that has begun. */
interface BegunCall {
  /** Traced under the first of its pushes' spans, with links to the others. */
  span: Span
  /** Once. @param answered false: it threw, or did not answer in time */
  end(answered: boolean): void
}

/** Begins the time and the trace of one call. */
function beginCall({ observer, tracer }: CallDeps, { name: sender }: Sender, spans: readonly Span[]): BegunCall {
  const [parent = null, ...links] = spans.map(({ traceparent }) => traceparent)
  const attributes = { 'carillon.sender': sender, 'carillon.pushes': spans.length }
  const span = tracer.begin({ name: `send ${sender}`, kind: 'client', parent, links, attributes })
  const startedAt = performance.now()
  return {
    span,
    end(answered) {
      span.end(answered ? undefined : 'failed')
      const seconds = (performance.now() - startedAt) / 1000
      observer.called({ sender, pushes: spans.length, seconds, answered })
    },
  }
}
