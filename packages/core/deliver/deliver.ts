import { errorCode, type Pusher, type PusherStore, recipientId, type Sender } from '@carillon/contract'
import type { Hint } from '@carillon/queue'
import type { PushRepository, PushResult, SuppressionRepository, TakenPush } from '@carillon/store'
import type { Broadcaster } from '../broadcast/broadcaster.ts'
import { someIds } from '../some-ids.ts'
import type { Waker } from '../wake.ts'
import { closeLetter, type Letter, openLetter } from './letter.ts'
import type { Leases } from './leases.ts'
import type { Recorder } from './recorder.ts'
import { sendLetters, type SendRules } from './send.ts'
import type { Permit, Slots } from './slots.ts'
import { findSuppressed } from './suppressed.ts'

/** Seconds between tries to read from a store that is away. */
const UNREADABLE_PAUSE_S = 5

export interface DeliverParts {
  sender: Sender
  pushers: PusherStore
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

function giveBack({ slots, waker, sender }: DeliverParts, ids: string[], permit: Permit): void {
  slots.giveBack(permit)
  waker.pushes(ids.map((id) => ({ id, sender: sender.name, priority: 'normal', delay: 0 })))
}

/**
 * Takes rows into the slots and lets them run. A slot comes back when its outcome is recorded, not
 * when it is known: else a worker would send ahead of a slow database, and a kill would have it all
 * sent again.
 */
async function start(parts: DeliverParts, ids: string[], permit: Permit): Promise<void> {
  const { slots } = parts
  let started = 0
  try {
    const takenAt = performance.now()
    const taken = await parts.pushes.take(ids, parts.leaseSeconds)
    parts.rules.observer.batch('take', taken.length)
    for (const push of taken) parts.leases.hold(push, takenAt)
    const known = await whatIsKnown(parts, taken)
    if (!known) return
    for (let from = 0; from < taken.length; from += slots.perSlot) {
      void ring(parts, taken.slice(from, from + slots.perSlot), known).finally(() => slots.release(1))
    }
    started = taken.length
  } finally {
    slots.giveBack(permit, started)
  }
}

/** What was read, in bulk, about the pushers of pushes. */
interface Known {
  /** By app and id. */
  pushers: Map<string, Pusher>
  /** By the push's id. */
  suppressed: Map<string, PushResult>
}

/** Null when it cannot be read now: then the pushes are given back. */
async function whatIsKnown(parts: DeliverParts, taken: TakenPush[]): Promise<Known | null> {
  try {
    const pushers = await findPushers(parts.pushers, taken)
    return { pushers, suppressed: await suppressedAmong(parts, taken, pushers) }
  } catch (error) {
    const ids = taken.map(letterId)
    parts.rules.log.warn({ error: errorCode(error), ...someIds(ids) }, 'pushers could not be read; their pushes wait')
    for (const push of taken)
      void record(parts, push, { is: 'later', delay: UNREADABLE_PAUSE_S, reason: 'the pushers could not be read' })
    return null
  }
}

async function suppressedAmong(
  { sender, suppressions }: DeliverParts,
  taken: TakenPush[],
  pushers: Map<string, Pusher>,
): Promise<Known['suppressed']> {
  const asked = taken.flatMap(({ id, app, pusher: of, data: raw }) => {
    const pusher = pushers.get(`${app} ${of}`)
    return pusher ? [{ id, app, pusher, raw }] : []
  })
  const results = await findSuppressed(sender, suppressions, asked)
  return new Map(results.flatMap((result, index) => (result ? [[asked[index]!.id, result]] : [])))
}

async function findPushers(store: PusherStore, pushes: TakenPush[]): Promise<Map<string, Pusher>> {
  const byApp = Map.groupBy(pushes, ({ app }) => app)
  const found = new Map<string, Pusher>()
  for (const [app, group] of byApp) {
    const pushers = await store.getMany(app, [...new Set(group.map(({ pusher }) => pusher))])
    for (const pusher of pushers) found.set(`${app} ${pusher.id}`, pusher)
  }
  return found
}

async function ring(parts: DeliverParts, pushes: TakenPush[], known: Known): Promise<void> {
  const lettersOrResults = pushes.map((push) => prepare(parts, push, known))
  const letters = lettersOrResults.filter((item) => 'raw' in item)
  const sent = letters.length > 0 ? await sendLetters(parts.sender, letters, parts.rules) : []
  let next = 0
  const results = lettersOrResults.map((item) => ('raw' in item ? sent[next++]! : item))
  const recorded = pushes.map((push, index) => record(parts, push, results[index]!))
  lettersOrResults.forEach((item, index) => {
    if ('raw' in item) void recorded[index]!.finally(() => closeLetter(item, results[index]!.is))
  })
  await Promise.all(recorded)
}

/** The letter to send, or why it is not sent. */
function prepare(parts: DeliverParts, push: TakenPush, { pushers, suppressed }: Known): Letter | PushResult {
  const pusher = pushers.get(`${push.app} ${push.pusher}`)
  if (push.expired) return { is: 'dead', reason: 'its ttl was over' }
  if (!pusher) return { is: 'dead', reason: 'the pusher was removed' }
  if (!push.force && !pusher.senders.includes(push.sender))
    return { is: 'dead', reason: 'the pusher no longer has this sender' }
  if (push.cancelled || !parts.leases.isSafe(push.id)) return { is: 'returned' }
  const known = suppressed.get(push.id)
  if (known) return known
  const { app, name, attempt, failures, data: raw, traceparent } = push
  return openLetter(parts, { id: letterId(push), app, name, attempt, failures, raw, pusher }, traceparent)
}

/** A push that came out of a broadcast keeps the id that its first try had there. */
function letterId({ id, broadcastId, pusher }: TakenPush): string {
  return broadcastId === null ? id : recipientId(broadcastId, pusher)
}

/** The lease is renewed until the outcome is recorded. */
async function record(
  { recorder, leases, rules: { observer, log } }: DeliverParts,
  push: TakenPush,
  result: PushResult,
): Promise<void> {
  const { id, app, sender, attempt } = push
  const about = { push: letterId(push), app, sender, attempt }
  try {
    const held = await recorder.push({ id, attempt, result })
    observer.tried({ ...about, outcome: held ? result.is : 'lost', ...('delay' in result && { delay: result.delay }) })
  } catch {
    log.error({ ...about, outcome: result.is }, 'the worker stopped before an outcome was recorded')
  } finally {
    leases.release(id)
  }
}
