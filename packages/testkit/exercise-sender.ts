import { describe, expect, it, onTestFinished } from 'vitest'
import { freezeDeeply, type Outcome, type Push, type Sender, senderName } from '@carillon/contract'
import { examplePush, pushFor, type PushOverrides } from './examples.ts'

export interface SenderExercise {
  /** A push that the sender takes; usually only its `data`. */
  push: PushOverrides
  /** Data that the sender's schema must refuse; leave it out where there is no schema. */
  nonsense?: unknown[]
  /** A push that the sender must give up, such as one whose pusher lacks the address. */
  refused?: PushOverrides
}

/**
 * What every sender keeps to, as a vitest suite: call it at the top of a test file. `create` makes
 * a new sender for each test; let it lead to a provider (or an outbox) that takes everything.
 */
export function exerciseSender(create: () => Promise<Sender>, exercise: SenderExercise): void {
  describe('the contract of senders', () => {
    exerciseName(create)
    exerciseSend(create, exercise)
    exerciseAbort(create, exercise)
    exerciseBatch(create, exercise)
    exerciseData(create, exercise)
    exerciseClose(create, exercise)
  })
}

function exerciseName(create: () => Promise<Sender>): void {
  it('has a name that fits into a route, and a timeout and a largest batch above 0 if any', async () => {
    const { name, timeout = 30, maxBatch = 1000 } = await use(create)
    expect(senderName.safeParse(name).error?.issues).toBeUndefined()
    expect(timeout).toBeGreaterThan(0)
    expect(Number.isSafeInteger(maxBatch) && maxBatch > 0).toBe(true)
  })
}

function exerciseSend(create: () => Promise<Sender>, { push, refused }: SenderExercise): void {
  it('answers a valid outcome, and leaves the push as it was', async () => {
    const sender = await use(create)
    const given = await frozenPush(sender, push)
    expect(outcomeKind(await sender.send(given))).toMatch(/^(done|later)$/)
  })

  if (!refused) return
  it('gives up what can never be sent, with a reason', async () => {
    const sender = await use(create)
    expect(outcomeKind(await sender.send(await frozenPush(sender, refused)))).toBe('giveUp')
  })
}

/** Milliseconds, for a test that would otherwise wait for the whole send. */
const PROMPTLY = { timeout: 10_000 }

function exerciseAbort(create: () => Promise<Sender>, { push }: SenderExercise): void {
  it('settles when its signal is aborted already', PROMPTLY, async () => {
    const sender = await use(create)
    const aborted = await frozenPush(sender, { ...push, signal: AbortSignal.abort() })
    const [settled] = await Promise.allSettled([sender.send(aborted)])
    if (settled.status === 'fulfilled') outcomeKind(settled.value)
  })

  it('settles when its signal is aborted meanwhile', PROMPTLY, async () => {
    const sender = await use(create)
    const stop = new AbortController()
    const given = await frozenPush(sender, { ...push, signal: stop.signal })
    const sending = Promise.allSettled([sender.send(given)])
    stop.abort()
    const [settled] = await sending
    if (settled.status === 'fulfilled') outcomeKind(settled.value)
  })
}

function exerciseBatch(create: () => Promise<Sender>, { push, refused }: SenderExercise): void {
  it('answers a batch, if it takes batches, with one outcome per push in the same order', async () => {
    const sender = await use(create)
    if (!sender.sendBatch) return
    const overrides = [push, refused ?? push, push].slice(0, sender.maxBatch)
    const pushes = await Promise.all(overrides.map((each, at) => frozenPush(sender, { id: `push-${at}`, ...each })))
    const outcomes = await sender.sendBatch(pushes)
    const accepted = expect.stringMatching(/^(done|later)$/)
    const expected = [accepted, refused ? 'giveUp' : accepted, accepted].slice(0, sender.maxBatch)
    expect(outcomes.map(outcomeKind)).toEqual(expected)
    expect(await sender.sendBatch([])).toEqual([])
  })
}

function exerciseData(create: () => Promise<Sender>, { push, nonsense = [] }: SenderExercise): void {
  it('has a schema, if any, that takes the example and refuses nonsense with a sentence', async () => {
    const { data: schema } = await use(create)
    expect(Boolean(schema), 'give `nonsense` if and only if the sender has a schema').toBe(nonsense.length > 0)
    if (!schema) return
    expect(await schema['~standard'].validate(examplePush(push).data)).not.toHaveProperty('issues')
    for (const data of nonsense) {
      const { issues } = await schema['~standard'].validate(data)
      expect(issues?.[0]?.message ?? '', `the issue of ${JSON.stringify(data)}`).toMatch(/\w/)
    }
  })
}

function exerciseClose(create: () => Promise<Sender>, { push }: SenderExercise): void {
  it('closes, twice too, also after a send', async () => {
    const sender = await create()
    await sender.send(await frozenPush(sender, push))
    await sender.close?.()
    await sender.close?.()
  })
}

async function use(create: () => Promise<Sender>): Promise<Sender> {
  const sender = await create()
  onTestFinished(() => sender.close?.())
  return sender
}

/** A sender that changed a push would spoil its next try: here it throws instead. */
async function frozenPush(sender: Sender, overrides: PushOverrides): Promise<Push> {
  const push = await pushFor(sender, overrides)
  freezeDeeply([push.pusher, push.data])
  return Object.freeze(push)
}

export type OutcomeKind = 'done' | 'later' | 'giveUp' | 'failed'

/**
 * What an outcome means; an Error, as `sendBatch` may answer, is a failed try.
 * @throws Error if it is not a valid outcome: senders in plain JavaScript can answer anything.
 */
export function outcomeKind(outcome: Outcome | Error): OutcomeKind {
  const answer: unknown = outcome
  if (answer === undefined) return 'done'
  if (answer instanceof Error) return 'failed'
  if (typeof answer === 'number') return laterOrDone(answer)
  if (typeof answer === 'object' && answer !== null) {
    if ('done' in answer && answer.done === true && hasGoodId(answer)) return 'done'
    if ('later' in answer) return laterOrDone(answer.later)
    if ('giveUp' in answer && typeof answer.giveUp === 'string' && answer.giveUp !== '') return 'giveUp'
  }
  throw new Error(`Not an outcome: ${JSON.stringify(answer)}`)
}

function hasGoodId(answer: object): boolean {
  const messageId: unknown = 'messageId' in answer ? answer.messageId : undefined
  return messageId === undefined || (typeof messageId === 'string' && messageId !== '')
}

function laterOrDone(seconds: unknown): OutcomeKind {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0)
    throw new Error(`Not a number of seconds: ${String(seconds)}`)
  return seconds === 0 ? 'done' : 'later'
}
