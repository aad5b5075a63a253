import { errorCode } from '@carillon/contract'
import type { WakeUp } from '@carillon/queue'
import type { ClaimedPush, PushRepository, AttemptResult } from '@carillon/store'
import type { Broadcaster } from '../broadcast/broadcaster.ts'
import { type Notifier, someIds } from '../notifier.ts'
import type { Recorder } from '../record/recorder.ts'
import { type Attempt, type AttemptsDeps, beginAttempts, endAttempt } from '../send/attempt.ts'
import { sendAttempts, type SendDeps } from '../send/send.ts'
import type { Concurrency, Permit } from './concurrency.ts'

export interface DeliverDeps extends AttemptsDeps, SendDeps {
  /** Claims rows, and reads their pushers with them where it can. */
  claim(ids: string[], leaseSeconds: number): Promise<ClaimedPush[]>
  pushes: PushRepository
  notifier: Notifier
  sender: SendDeps['sender']
  concurrency: Concurrency
  recorder: Recorder
  broadcaster: Broadcaster
  leaseSeconds: number
  /** Aborted when nothing new may be claimed. */
  drain: AbortSignal
}

/** Follows the wake-ups of one sender: claims the rows, sends them and records the outcome of each. */
export function deliver(deps: DeliverDeps): (wakeUp: WakeUp) => Promise<void> {
  const queued = new Set<string>()
  return async (wakeUp) => {
    if ('broadcast' in wakeUp) await deps.broadcaster.send(wakeUp.broadcast)
    else if ('pushes' in wakeUp) await deliverQueued(deps, wakeUp.pushes, queued)
  }
}

/**
 * Pushes that wait for a rate are overdue, so the sweeper wakes them again and again. A wake-up for a push that is
 * queued here already would only occupy another handler.
 */
async function deliverQueued(deps: DeliverDeps, woken: string[], queued: Set<string>): Promise<void> {
  const ids = woken.filter((id) => !queued.has(id))
  for (const id of ids) queued.add(id)
  try {
    await deliverInTurn(deps, ids, queued)
  } finally {
    for (const id of ids) queued.delete(id)
  }
}

/**
 * Claims only what can start now, not the whole wake-up at once: a push that was claimed cannot be cancelled any more.
 * A worker that stops returns the rest.
 */
async function deliverInTurn(deps: DeliverDeps, ids: string[], queued: Set<string>): Promise<void> {
  let rest = ids
  while (rest.length > 0) {
    using permit = await deps.concurrency.acquire(rest.length)
    if (deps.drain.aborted) return await wakeOthers(deps, rest)
    const now = rest.slice(0, permit.pushes)
    rest = rest.slice(now.length)
    for (const id of now) queued.delete(id)
    await claimAndSend(deps, now, permit)
  }
}

/** Wakes other workers for pushes that this worker was woken for and does not claim any more. */
async function wakeOthers({ pushes, notifier, log }: DeliverDeps, ids: string[]): Promise<void> {
  try {
    notifier.pushes(await pushes.wakeUpsOf(ids))
  } catch (error) {
    log.warn(
      { error: errorCode(error), ...someIds(ids) },
      'a worker that stops could not wake others for these pushes; the sweeper will',
    )
  }
}

async function claimAndSend(deps: DeliverDeps, ids: string[], permit: Permit): Promise<void> {
  const claimedAt = performance.now()
  const claimed = await deps.claim(ids, deps.leaseSeconds)
  deps.observer.batch('take', claimed.length)
  for (const push of claimed) deps.leases.hold(push, claimedAt)
  await sendClaimed(deps, claimed, permit)
}

/** Sends pushes whose leases are held, as many as the permit is for; returns those beyond, for other workers. */
export async function sendClaimed(deps: DeliverDeps, claimed: ClaimedPush[], permit: Permit): Promise<void> {
  const attempts = await beginAttempts(deps, claimed)
  const sendable = attempts.filter(({ refusal }) => !refusal)
  const started = sendable.slice(0, permit.pushes)
  sendAttempts(deps, started, permit).forEach((sent, index) => void record(deps, started[index]!, sent))
  const others = attempts.filter(({ place }) => !place)
  await Promise.all(others.map((attempt) => record(deps, attempt, attempt.refusal ?? { is: 'returned' })))
}

/** Renews the lease until the outcome is recorded. Never rejects. */
async function record(
  deps: DeliverDeps,
  attempt: Attempt,
  sent: AttemptResult | Promise<AttemptResult>,
): Promise<void> {
  const { recorder, leases, observer, log } = deps
  const result = await sent
  const about = { push: attempt.id, app: attempt.app, sender: deps.sender.name, attempt: attempt.attempt }
  try {
    const outcome = await recorder.push({ id: attempt.row, attempt: attempt.attempt, result })
    observer.tried({ ...about, outcome, ...('delay' in result && { delay: result.delay }) })
  } catch {
    log.error({ ...about, outcome: result.is }, 'the worker stopped before an outcome was recorded')
  } finally {
    leases.release(attempt.row)
    endAttempt(attempt, result.is)
  }
}
