import { errorCode, type PusherStore, type Sender } from '@carillon/contract'
import type { Hint } from '@carillon/queue'
import type { PushRepository, PushResult, SuppressionRepository, TakenPush } from '@carillon/store'
import type { Broadcaster } from '../broadcast/broadcaster.ts'
import { someIds } from '../some-ids.ts'
import type { Waker } from '../wake.ts'
import { type Known, readKnown, type Taken } from './known.ts'
import { closeLetter, type Letter } from './letter.ts'
import { letterId } from './letter-id.ts'
import type { Leases } from './leases.ts'
import { prepare } from './prepare.ts'
import type { Recorder } from './recorder.ts'
import { sendLetters, type SendRules } from './send.ts'
import type { Permit, Slots } from './slots.ts'

/** Seconds between tries to read from a store that is away. */
const UNREADABLE_PAUSE_S = 5

export interface DeliverParts {
  sender: Sender
  pushers: PusherStore
  /** Takes rows, and reads their pushers along where it can. */
  take(ids: string[], leaseSeconds: number): Promise<Taken[]>
  pushes: PushRepository
  suppressions: SuppressionRepository
  waker: Waker
  slots: Slots
  leases: Leases
  recorder: Recorder
  broadcaster: Broadcaster
  leaseSeconds: number
  rules: SendRules
  /** Aborted when nothing new may be taken. */
  drain: AbortSignal
}

/** Follows the hints of one sender: takes the rows, sends them, records what became of each. */
export function deliver(parts: DeliverParts): (hint: Hint) => Promise<void> {
  const inLine = new Set<string>()
  return async (hint) => {
    if ('broadcast' in hint) await parts.broadcaster.ring(hint.broadcast)
    else if ('pushes' in hint) await deliverOnce(parts, hint.pushes, inLine)
  }
}

/**
 * Pushes that wait for a rate are overdue, so the sweeper tells of them again and again; a second
 * hint in line for them would only keep a handler from others.
 */
async function deliverOnce(parts: DeliverParts, told: string[], inLine: Set<string>): Promise<void> {
  const ids = told.filter((id) => !inLine.has(id))
  for (const id of ids) inLine.add(id)
  try {
    await deliverPushes(parts, ids, inLine)
  } finally {
    for (const id of ids) inLine.delete(id)
  }
}

/**
 * Takes only what can be started now, not the whole hint at once: a push that was taken cannot be
 * cancelled any more. What a stopping worker does not get to is given back.
 */
async function deliverPushes(parts: DeliverParts, ids: string[], inLine: Set<string>): Promise<void> {
  let rest = ids
  while (rest.length > 0) {
    const permit = await parts.slots.acquire(rest.length)
    if (parts.drain.aborted) return giveBack(parts, rest, permit)
    const now = rest.slice(0, permit.pushes)
    rest = rest.slice(now.length)
    for (const id of now) inLine.delete(id)
    await start(parts, now, permit)
  }
}

/** Others are told of what this worker was told of and does not take any more. */
async function giveBack(parts: DeliverParts, ids: string[], permit: Permit): Promise<void> {
  const { slots, pushes, waker, rules } = parts
  slots.giveBack(permit)
  try {
    waker.pushes(await pushes.wakesOf(ids))
  } catch (error) {
    rules.log.warn(
      { error: errorCode(error), ...someIds(ids) },
      'a stopping worker told nobody of these; the sweeper will',
    )
  }
}

/**
 * Takes rows into the slots and lets them run. The slots also count what is not recorded yet: else a worker would
 * send far ahead of a slow database, and a kill would have it all sent again.
 */
async function start(parts: DeliverParts, ids: string[], permit: Permit): Promise<void> {
  const { slots } = parts
  let started = 0
  try {
    const takenAt = performance.now()
    const taken = await parts.take(ids, parts.leaseSeconds)
    parts.rules.observer.batch('take', taken.length)
    for (const push of taken) parts.leases.hold(push, takenAt)
    if (await send(parts, taken)) started = taken.length
  } finally {
    slots.giveBack(permit, started)
  }
}

/** Lets pushes that are held run, for which there is a permit. @returns false when they are given back. */
export async function send(parts: DeliverParts, taken: Taken[]): Promise<boolean> {
  const known = await whatIsKnown(parts, taken)
  if (!known) return false
  const { slots } = parts
  const ready: { push: TakenPush; letter: Letter }[] = []
  const settled: { push: TakenPush; result: PushResult }[] = []
  for (const push of taken) {
    const item = prepare(parts, push, known)
    if ('raw' in item) ready.push({ push, letter: item })
    else settled.push({ push, result: item })
  }
  slots.ended(slots.callsFor(taken.length) - slots.callsFor(ready.length))
  for (const { push, result } of settled) void record(parts, push, result).finally(() => slots.recorded())
  const results = sendLetters(
    parts,
    ready.map(({ letter }) => letter),
  )
  ready.forEach(({ push, letter }, index) => void recordSent(parts, push, letter, results[index]!))
  return true
}

/** Null when it cannot be read now: then the pushes are given back. */
async function whatIsKnown(parts: DeliverParts, taken: Taken[]): Promise<Known | null> {
  try {
    return await readKnown(parts, taken)
  } catch (error) {
    const ids = taken.map(letterId)
    parts.rules.log.warn({ error: errorCode(error), ...someIds(ids) }, 'pushers could not be read; their pushes wait')
    for (const push of taken)
      void record(parts, push, { is: 'later', delay: UNREADABLE_PAUSE_S, reason: 'the pushers could not be read' })
    return null
  }
}

async function recordSent(
  parts: DeliverParts,
  push: TakenPush,
  letter: Letter,
  sent: Promise<PushResult>,
): Promise<void> {
  const result = await sent
  await record(parts, push, result)
  closeLetter(letter, result.is)
  parts.slots.recorded()
}

/** The lease is renewed until the outcome is recorded. Never rejects. */
export async function record(
  { recorder, leases, rules: { observer, log } }: DeliverParts,
  push: TakenPush,
  result: PushResult,
): Promise<void> {
  const { id, app, sender, attempt } = push
  const about = { push: letterId(push), app, sender, attempt }
  try {
    const outcome = await recorder.push({ id, attempt, result })
    observer.tried({ ...about, outcome, ...('delay' in result && { delay: result.delay }) })
  } catch {
    log.error({ ...about, outcome: result.is }, 'the worker stopped before an outcome was recorded')
  } finally {
    leases.release(id)
  }
}
