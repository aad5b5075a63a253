import { describe, expect, it } from 'vitest'
import { senderName } from '@carillon/contract'
import { examplePush, type PushOverrides } from './examples.ts'
import { exerciseAddresses } from './exercise-addresses.ts'
import { frozenPush, type MakeSender, use } from './exercise-setup.ts'
import { outcomeKind } from './outcome-kind.ts'

export interface SenderExercise {
  /** A push that the sender takes; usually only its `data`, and `addresses` for a sender that sends to them. */
  push: PushOverrides
  /** Data that the sender's schema must refuse; leave it out where there is no schema. */
  nonsense?: unknown[]
  /** A push that the sender must give up, such as one whose pusher lacks the address. */
  refused?: PushOverrides
  /** For a sender that sends to addresses. */
  partly?: PartlySent
}

/** A push to several addresses, of which at least one takes the message and at least one fails for now. */
export interface PartlySent {
  push: PushOverrides
  /** Makes a sender with a provider that answers so. */
  create: MakeSender
  /** Calls of that provider so far, at any address. */
  calls(): number
}

/**
 * What every sender keeps to, as a vitest suite: call it at the top of a test file. `create` makes
 * a new sender for each test; let it lead to a provider (or an outbox) that takes everything.
 */
export function exerciseSender(create: MakeSender, exercise: SenderExercise): void {
  describe('the contract of senders', () => {
    exerciseName(create)
    exerciseSend(create, exercise)
    exerciseAbort(create, exercise)
    exerciseBatch(create, exercise)
    exerciseData(create, exercise)
    exerciseClose(create, exercise)
    exerciseAddresses(create, exercise)
  })
}

function exerciseName(create: MakeSender): void {
  it('has a name that fits into a route, and a timeout and a largest batch above 0 if any', async () => {
    const { name, timeout = 30, maxBatch = 1000 } = await use(create)
    expect(senderName.safeParse(name).error?.issues).toBeUndefined()
    expect(timeout).toBeGreaterThan(0)
    expect(Number.isSafeInteger(maxBatch) && maxBatch > 0).toBe(true)
  })
}

function exerciseSend(create: MakeSender, { push, refused }: SenderExercise): void {
  it('answers a valid outcome, and leaves the push as it was', async () => {
    const sender = await use(create)
    const given = await frozenPush(sender, push)
    const lacksAddresses = sender.addressKinds !== undefined && given.addresses.length === 0
    expect(lacksAddresses, '`push` has no `addresses`, which a sender with `addressKinds` needs').toBe(false)
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

function exerciseAbort(create: MakeSender, { push }: SenderExercise): void {
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

function exerciseBatch(create: MakeSender, { push, refused }: SenderExercise): void {
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

function exerciseData(create: MakeSender, { push, nonsense = [] }: SenderExercise): void {
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

function exerciseClose(create: MakeSender, { push }: SenderExercise): void {
  it('closes, twice too, also after a send', async () => {
    const sender = await create()
    await sender.send(await frozenPush(sender, push))
    await sender.close?.()
    await sender.close?.()
  })
}
