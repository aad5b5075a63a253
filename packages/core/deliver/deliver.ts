import { errorCode, type Pusher, type PusherStore, type Sender } from '@carillon/contract'
import type { Hint } from '@carillon/queue'
import type { PushRepository, PushResult, TakenPush } from '@carillon/store'
import type { Broadcaster } from '../broadcast/broadcaster.ts'
import { someIds } from '../some-ids.ts'
import type { Waker } from '../wake.ts'
import { closeLetter, type Letter, openLetter, recipientId } from './letter.ts'
import type { Leases } from './leases.ts'
import type { Recorder } from './recorder.ts'
import { sendLetters, type SendRules } from './send.ts'
import type { Slots } from './slots.ts'

/** What SendGrid takes in one call. */
const LARGEST_BATCH = 1000
/** Seconds between tries to read pushers from a store that is away. */
const UNREADABLE_PAUSE_S = 5

export interface DeliverParts {
  sender: Sender
  pushers: PusherStore
  pushes: PushRepository
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
  return async (hint) => {
    if ('broadcast' in hint) await parts.broadcaster.ring(hint.broadcast)
    else await deliverPushes(parts, hint.pushes)
  }
}

/**
 * Takes only what can be started now, not the whole hint at once: a push that was taken cannot be
 * cancelled any more. What a stopping worker does not get to is given back.
 */
async function deliverPushes(parts: DeliverParts, ids: string[]): Promise<void> {
  const perSlot = parts.sender.sendBatch ? LARGEST_BATCH : 1
  let rest = ids
  while (rest.length > 0) {
    const slots = await parts.slots.acquire(Math.ceil(rest.length / perSlot))
    if (parts.drain.aborted) return giveBack(parts, rest, slots)
    const now = rest.slice(0, slots * perSlot)
    rest = rest.slice(now.length)
    await start(parts, now, slots, perSlot)
  }
}

function giveBack({ slots, waker, sender }: DeliverParts, ids: string[], acquired: number): void {
  slots.release(acquired)
  waker.pushes(ids.map((id) => ({ id, sender: sender.name, priority: 'normal', delay: 0 })))
}

/**
 * Takes rows into the slots and lets them run. A slot comes back when its outcome is recorded, not
 * when it is known: else a worker would send ahead of a slow database, and a kill would have it all
 * sent again.
 */
async function start(parts: DeliverParts, ids: string[], slots: number, perSlot: number): Promise<void> {
  let idle = slots
  try {
    const takenAt = performance.now()
    const taken = await parts.pushes.take(ids, parts.leaseSeconds)
    parts.rules.observer.batch('take', taken.length)
    for (const push of taken) parts.leases.hold(push, takenAt)
    const pushers = await pushersOf(parts, taken)
    if (!pushers) return
    for (let from = 0; from < taken.length; from += perSlot, idle--) {
      void ring(parts, taken.slice(from, from + perSlot), pushers).finally(() => parts.slots.release(1))
    }
  } finally {
    parts.slots.release(idle)
  }
}

/** Null when the pushers cannot be read now: then the pushes are given back. */
async function pushersOf(parts: DeliverParts, taken: TakenPush[]): Promise<Map<string, Pusher> | null> {
  try {
    return await findPushers(parts.pushers, taken)
  } catch (error) {
    const ids = taken.map(letterId)
    parts.rules.log.warn({ error: errorCode(error), ...someIds(ids) }, 'pushers could not be read; their pushes wait')
    for (const push of taken)
      void record(parts, push, { is: 'later', delay: UNREADABLE_PAUSE_S, reason: 'the pushers could not be read' })
    return null
  }
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

async function ring(parts: DeliverParts, pushes: TakenPush[], pushers: Map<string, Pusher>): Promise<void> {
  const lettersOrResults = pushes.map((push) => prepare(parts, push, pushers.get(`${push.app} ${push.pusher}`)))
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
function prepare(parts: DeliverParts, push: TakenPush, pusher: Pusher | undefined): Letter | PushResult {
  if (push.expired) return { is: 'dead', reason: 'its ttl was over' }
  if (!pusher) return { is: 'dead', reason: 'the pusher was removed' }
  if (!push.force && !pusher.senders.includes(push.sender))
    return { is: 'dead', reason: 'the pusher no longer has this sender' }
  if (push.cancelled || !parts.leases.isSafe(push.id)) return { is: 'returned' }
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
