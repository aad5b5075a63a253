import {
  describeIssues,
  type Logger,
  type Observer,
  type Outcome,
  type Push,
  type Sender,
  type Tracer,
} from '@carillon/contract'
import type { PushResult } from '@carillon/store'
import { parseData } from '../data.ts'
import { timed } from './call.ts'
import type { Deadline, Deadlines } from './deadline.ts'
import type { Letter } from './letter.ts'
import { type FailureRules, isLast, resultOf, resultOfFailure, textOf } from './outcome.ts'

/** Seconds; a sender may set its own. */
const DEFAULT_TIMEOUT_S = 30

export interface SendRules extends FailureRules {
  /** Aborted when the worker must stop now. */
  stop: AbortSignal
  deadlines: Deadlines
  log: Logger
  observer: Observer
  tracer: Tracer
}

/** Sends letters, at most as many as the sender takes in one call, and answers what became of each. Never throws. */
export async function sendLetters(sender: Sender, letters: Letter[], rules: SendRules): Promise<PushResult[]> {
  const deadline = rules.deadlines.open(sender.timeout ?? DEFAULT_TIMEOUT_S)
  const call = { sender, rules, deadline }
  try {
    if (sender.sendBatch) return await sendTogether(call, letters)
    return await Promise.all(letters.map((letter) => sendOne(call, letter)))
  } finally {
    deadline.close()
  }
}

interface Call {
  sender: Sender
  rules: SendRules
  deadline: Deadline
}

async function sendOne(call: Call, letter: Letter): Promise<PushResult> {
  try {
    const push = toPush(letter, call.deadline)
    const refusal = await refusalOf(call, push)
    return refusal ?? judge(await timedWithin(call, [letter], () => call.sender.send(push)), letter, call.rules)
  } catch (error) {
    return failed(error, letter, call.rules)
  }
}

async function sendTogether(call: Call, letters: Letter[]): Promise<PushResult[]> {
  const sendable = letters.map((letter) => ({ letter, push: toPush(letter, call.deadline) }))
  const refuse = refusingEqual(call)
  const refused = await Promise.all(
    sendable.map(({ letter, push }) => refuse(push).catch((error) => failed(error, letter, call.rules))),
  )
  const accepted = sendable.filter((_, index) => !refused[index])
  const results = accepted.length > 0 ? await sendBatch(call, accepted) : []
  return refused.map((refusal) => refusal ?? results.shift()!)
}

interface Sendable {
  letter: Letter
  push: Push
}

async function sendBatch(call: Call, sendable: Sendable[]): Promise<PushResult[]> {
  const { sender, rules } = call
  const letters = sendable.map(({ letter }) => letter)
  const pushes = sendable.map(({ push }) => push)
  try {
    const outcomes = await timedWithin(call, letters, () => sender.sendBatch!(pushes))
    if (outcomes.length !== pushes.length)
      throw new TypeError(`sendBatch answered ${outcomes.length} outcomes for ${pushes.length} pushes.`)
    // By index, since `map` would leave out what a plugin left out.
    return letters.map((letter, index) => judge(outcomes[index], letter, rules))
  } catch (error) {
    return letters.map((letter) => failed(error, letter, rules))
  }
}

function timedWithin<T>({ sender, rules, deadline }: Call, letters: Letter[], send: () => Promise<T>): Promise<T> {
  const spans = letters.map(({ span }) => span)
  // A plugin may throw before it has a promise to answer.
  return timed(rules, sender, spans, () => deadline.within(async () => send(), 'maybe'))
}

/** Data that the sender's own schema refuses is dead: it will not become better. */
async function refusalOf({ sender, deadline }: Call, push: Push): Promise<PushResult | undefined> {
  const schema = sender.data
  if (!schema) return undefined
  const { issues } = await deadline.within(async () => schema['~standard'].validate(push.data), 'no')
  if (!issues) return undefined
  return { is: 'dead', reason: textOf(`data is not what ${sender.name} takes: ${describeIssues(issues)}`) }
}

/** Pushes of one call mostly have the same data, which is looked at once. */
function refusingEqual(call: Call): (push: Push) => Promise<PushResult | undefined> {
  const known = new Map<string, Promise<PushResult | undefined>>()
  return (push) => {
    const refusal = known.get(push.raw) ?? refusalOf(call, push)
    known.set(push.raw, refusal)
    return refusal
  }
}

/** Parsing costs more than most sends, and so does a signal: they come to be when they are read. */
function toPush({ id, app, name, raw, pusher, attempt, log }: Letter, deadline: Deadline): Push {
  let parsed: { data: unknown } | undefined
  return {
    id,
    app,
    name,
    raw,
    pusher,
    attempt,
    log,
    get data() {
      return (parsed ??= { data: parseData(raw) }).data
    },
    get signal() {
      return deadline.signal
    },
  }
}

function judge(outcome: Outcome | Error, letter: Letter, rules: SendRules): PushResult {
  if (outcome instanceof Error) return failed(outcome, letter, rules)
  try {
    return resultOf(outcome)
  } catch (error) {
    return resultOfFailure(error, letter.failures, rules)
  }
}

function failed(error: unknown, { failures }: Letter, rules: SendRules): PushResult {
  if (rules.stop.aborted && !isLast(error, rules)) return { is: 'returned' }
  return resultOfFailure(error, failures, rules)
}
