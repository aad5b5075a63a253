import { errorCode, type PusherStore, type Sender } from '@carillon/contract'
import type { WakeUp } from '@carillon/queue'
import type { ClaimedPush, PushRepository, AttemptResult, SuppressionRepository } from '@carillon/store'
import type { Broadcaster } from '../broadcast/broadcaster.ts'
import type { Notifier } from '../notifier.ts'
import type { Recorder } from '../record/recorder.ts'
import {
  type Attempt,
  type Claimed,
  endAttempt,
  type Lookup,
  lookUp,
  prepareAttempt,
  pushIdOf,
} from '../send/attempt.ts'
import { sendAttempts, type SendRules } from '../send/send.ts'
import { someIds } from '../some-ids.ts'
import type { Concurrency, Permit } from './concurrency.ts'
import type { Leases } from './leases.ts'

/** Seconds between tries to read from a store that is away. */
const UNREADABLE_PAUSE_S = 5

export interface DeliverDeps {
  sender: Sender
  pushers: PusherStore
  /** Takes rows, and reads their pushers along where it can. */
  claim(ids: string[], leaseSeconds: number): Promise<Claimed[]>
  pushes: PushRepository
  suppressions: SuppressionRepository
  notifier: Notifier
  concurrency: Concurrency
  leases: Leases
  recorder: Recorder
  broadcaster: Broadcaster
  leaseSeconds: number
  rules: SendRules
  /** Aborted when nothing new may be claimed. */
  drain: AbortSignal
}

/** Follows the wake-ups of one sender: takes the rows, sends them, records what became of each. */
export function deliver(deps: DeliverDeps): (wakeUp: WakeUp) => Promise<void> {
  const inLine = new Set<string>()
  return async (wakeUp) => {
    if ('broadcast' in wakeUp) await deps.broadcaster.ring(wakeUp.broadcast)
    else if ('pushes' in wakeUp) await deliverOnce(deps, wakeUp.pushes, inLine)
  }
}

/**
 * Pushes that wait for a rate are overdue, so the sweeper tells of them again and again; a second
 * wake-up in line for them would only keep a handler from others.
 */
async function deliverOnce(deps: DeliverDeps, told: string[], inLine: Set<string>): Promise<void> {
  const ids = told.filter((id) => !inLine.has(id))
  for (const id of ids) inLine.add(id)
  try {
    await deliverPushes(deps, ids, inLine)
  } finally {
    for (const id of ids) inLine.delete(id)
  }
}

/**
 * Claims only what can be started now, not the whole wake-up at once: a push that was claimed cannot be
 * cancelled any more. What a stopping worker does not get to is given back.
 */
async function deliverPushes(deps: DeliverDeps, ids: string[], inLine: Set<string>): Promise<void> {
  let rest = ids
  while (rest.length > 0) {
    const permit = await deps.concurrency.acquire(rest.length)
    if (deps.drain.aborted) return giveBack(deps, rest, permit)
    const now = rest.slice(0, permit.pushes)
    rest = rest.slice(now.length)
    for (const id of now) inLine.delete(id)
    await start(deps, now, permit)
  }
}

/** Others are told of what this worker was told of and does not take any more. */
async function giveBack(deps: DeliverDeps, ids: string[], permit: Permit): Promise<void> {
  const { concurrency, pushes, notifier, rules } = deps
  concurrency.giveBack(permit)
  try {
    notifier.pushes(await pushes.wakeUpsOf(ids))
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
async function start(deps: DeliverDeps, ids: string[], permit: Permit): Promise<void> {
  const { concurrency } = deps
  let started = 0
  try {
    const claimedAt = performance.now()
    const claimed = await deps.claim(ids, deps.leaseSeconds)
    deps.rules.observer.batch('take', claimed.length)
    for (const push of claimed) deps.leases.hold(push, claimedAt)
    if (await send(deps, claimed)) started = claimed.length
  } finally {
    concurrency.giveBack(permit, started)
  }
}

/** Lets pushes that are held run, for which there is a permit. @returns false when they are given back. */
export async function send(deps: DeliverDeps, claimed: Claimed[]): Promise<boolean> {
  const lookup = await tryLookUp(deps, claimed)
  if (!lookup) return false
  const { concurrency } = deps
  const ready: { push: ClaimedPush; attempt: Attempt }[] = []
  const settled: { push: ClaimedPush; result: AttemptResult }[] = []
  for (const push of claimed) {
    const item = prepareAttempt(deps, push, lookup)
    if ('raw' in item) ready.push({ push, attempt: item })
    else settled.push({ push, result: item })
  }
  concurrency.ended(concurrency.callsFor(claimed.length) - concurrency.callsFor(ready.length))
  for (const { push, result } of settled) void record(deps, push, result).finally(() => concurrency.recorded())
  const results = sendAttempts(
    deps,
    ready.map(({ attempt }) => attempt),
  )
  ready.forEach(({ push, attempt }, index) => void recordSent(deps, push, attempt, results[index]!))
  return true
}

/** Null when it cannot be read now: then the pushes are given back. */
async function tryLookUp(deps: DeliverDeps, claimed: Claimed[]): Promise<Lookup | null> {
  try {
    return await lookUp(deps, claimed)
  } catch (error) {
    const ids = claimed.map(pushIdOf)
    deps.rules.log.warn({ error: errorCode(error), ...someIds(ids) }, 'pushers could not be read; their pushes wait')
    for (const push of claimed)
      void record(deps, push, { is: 'later', delay: UNREADABLE_PAUSE_S, reason: 'the pushers could not be read' })
    return null
  }
}

async function recordSent(
  deps: DeliverDeps,
  push: ClaimedPush,
  attempt: Attempt,
  sent: Promise<AttemptResult>,
): Promise<void> {
  const result = await sent
  await record(deps, push, result)
  endAttempt(attempt, result.is)
  deps.concurrency.recorded()
}

/** The lease is renewed until the outcome is recorded. Never rejects. */
export async function record(
  { recorder, leases, rules: { observer, log } }: DeliverDeps,
  push: ClaimedPush,
  result: AttemptResult,
): Promise<void> {
  const { id, app, sender, attempt } = push
  const about = { push: pushIdOf(push), app, sender, attempt }
  try {
    const outcome = await recorder.push({ id, attempt, result })
    observer.tried({ ...about, outcome, ...('delay' in result && { delay: result.delay }) })
  } catch {
    log.error({ ...about, outcome: result.is }, 'the worker stopped before an outcome was recorded')
  } finally {
    leases.release(id)
  }
}
