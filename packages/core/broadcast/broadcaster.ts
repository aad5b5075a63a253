import { errorCode, type Pusher, type PusherStore, recipientId, type Sender } from '@carillon/contract'
import type { BroadcastHead, BroadcastRepository, PushResult, SuppressionRepository, TakenPage } from '@carillon/store'
import type { Leases } from '../deliver/leases.ts'
import { closeLetter, type Letter, openLetter } from '../deliver/letter.ts'
import type { Recorder } from '../deliver/recorder.ts'
import { sendLetters, type SendRules } from '../deliver/send.ts'
import type { Slots } from '../deliver/slots.ts'
import { findSuppressed } from '../deliver/suppressed.ts'
import { PAGES_IN_FLIGHT, type Waker } from '../wake.ts'

/** Recipients of one page: small enough to be sent well within a lease; of a sender with batches, one batch. */
const PAGE_SIZE = 500
/** Pages that one worker rings for one sender, whatever broadcasts they are of: the other handlers stay free for pushes. */
const PAGES_AT_ONCE = 4
/** Until a worker that rings as many looks again, if no other took the hint. */
const FULL_PAUSE_MS = 250

export interface BroadcasterParts {
  sender: Sender
  pushers: PusherStore
  broadcasts: BroadcastRepository
  suppressions: SuppressionRepository
  waker: Waker
  slots: Slots
  /** Of pages. */
  leases: Leases
  recorder: Recorder
  leaseSeconds: number
  rules: SendRules
  /** Aborted when nothing new may be started. */
  drain: AbortSignal
}

export interface Broadcaster {
  /** Rings one page of a broadcast and hands the baton on, so that other pushes go in between. */
  ring(id: string): Promise<void>
}

interface OpenPage {
  broadcast: BroadcastHead
  page: TakenPage
  pushers: Pusher[]
}

export function broadcaster(parts: BroadcasterParts): Broadcaster {
  let ringing = 0
  const handOn = (id: string, delay: number) => parts.waker.broadcast({ id, sender: parts.sender.name, delay }, 1)

  async function ring(id: string): Promise<void> {
    const open = await takePage(parts, id)
    if (!open) return parts.broadcasts.finish([id])
    try {
      const whole = await ringPage(parts, open)
      if (whole) await parts.broadcasts.finishPage(id, open.page)
      else await parts.broadcasts.returnPage(open.page)
    } finally {
      parts.leases.release(open.page.id)
    }
    handOn(id, 0)
  }

  return {
    async ring(id) {
      if (parts.drain.aborted) return handOn(id, 0)
      if (ringing >= PAGES_AT_ONCE) return handOn(id, FULL_PAUSE_MS)
      ringing++
      await ring(id).finally(() => ringing--)
    },
  }
}

/** A page that another worker left, or the next one. Null when there is none to take, or enough are in flight. */
async function takePage(parts: BroadcasterParts, id: string): Promise<OpenPage | null> {
  const { broadcasts, leases, leaseSeconds } = parts
  for (;;) {
    const takenAt = performance.now()
    const broadcast = await broadcasts.running(id)
    if (!broadcast || broadcast.inFlight >= PAGES_IN_FLIGHT) return null
    const left = await broadcasts.reclaimPage(id, leaseSeconds)
    if (!left && broadcast.exhausted) return null
    const open = left ? await reopen(parts, broadcast, left) : await openNext(parts, broadcast)
    if (!open) continue // another worker opened that page first
    leases.hold(open.page, takenAt)
    return open
  }
}

async function reopen(
  { broadcasts, pushers }: BroadcasterParts,
  broadcast: BroadcastHead,
  page: TakenPage,
): Promise<OpenPage> {
  const ids = await broadcasts.openRecipients(broadcast.id, page.pushers)
  return { broadcast, page, pushers: await pushers.getMany(broadcast.app, ids) }
}

async function openNext(parts: BroadcasterParts, broadcast: BroadcastHead): Promise<OpenPage | null> {
  const { app, sender, tag, cursor } = broadcast
  const limit = parts.sender.sendBatch ? parts.slots.perSlot : PAGE_SIZE
  const { pushers, next } = await parts.pushers.page(app, { sender, tag, cursor, limit })
  const page = await parts.broadcasts.openPage(
    broadcast.id,
    { cursor, next, pushers: pushers.map(({ id }) => id) },
    { leaseSeconds: parts.leaseSeconds, most: PAGES_IN_FLIGHT },
  )
  // The last page makes the total exact
  if (page && cursor === null && next !== null) await countRecipients(parts, broadcast)
  return page && { broadcast, page, pushers }
}

/** By the one who opened the first page. Without a total the broadcast goes on all the same. */
async function countRecipients(parts: BroadcasterParts, { id, app, sender, tag }: BroadcastHead): Promise<void> {
  try {
    const total = await parts.pushers.count?.(app, { sender, tag })
    if (total) await parts.broadcasts.setTotal(id, total)
  } catch (error) {
    const fields = { broadcast: id, error: errorCode(error) }
    parts.rules.log.warn(fields, 'the recipients of a broadcast could not be counted')
  }
}

/** @returns false when the page was lost, its broadcast stopped, or the worker stops. */
async function ringPage(parts: BroadcasterParts, open: OpenPage): Promise<boolean> {
  const { perSlot } = parts.slots
  const enabled = open.pushers.filter(({ senders }) => senders.includes(open.broadcast.sender))
  const { ringing, rest: sendable } = await passOver(parts, open, enabled)
  let rest = sendable
  while (rest.length > 0) {
    const permit = await parts.slots.acquire(rest.length, true)
    if (parts.drain.aborted || !parts.leases.isSafe(open.page.id)) {
      parts.slots.giveBack(permit)
      break
    }
    const now = rest.slice(0, permit.pushes)
    rest = rest.slice(now.length)
    for (let from = 0; from < now.length; from += perSlot) {
      ringing.push(ringSome(parts, open, now.slice(from, from + perSlot)))
    }
  }
  return (await Promise.all(ringing)).every(Boolean) && rest.length === 0
}

/** Records those whose address is suppressed, and leaves the rest to be rung. */
async function passOver(
  parts: BroadcasterParts,
  open: OpenPage,
  pushers: Pusher[],
): Promise<{ ringing: Promise<boolean>[]; rest: Pusher[] }> {
  const { app, data: raw } = open.broadcast
  const many = pushers.map((pusher) => ({ app, pusher, raw }))
  const refusals = await findSuppressed(parts.sender, parts.suppressions, many)
  const ringing = refusals.flatMap((refusal, index) =>
    refusal ? [recordRecipient(parts, open, letterTo(parts, open.broadcast, pushers[index]!), refusal)] : [],
  )
  return { ringing, rest: pushers.filter((_, index) => !refusals[index]) }
}

/**
 * The slot comes back when the outcomes are recorded, not when they are known: else a page would be sent ahead of a
 * slow database, and all that it had not recorded would be sent again after a kill.
 */
function ringSome(parts: BroadcasterParts, open: OpenPage, pushers: Pusher[]): Promise<boolean> {
  return sendAndRecord(parts, open, pushers).finally(() => parts.slots.release(1))
}

/** Sends to some recipients of a page and records each. @returns false when one must be rung again. */
async function sendAndRecord(
  parts: BroadcasterParts,
  { broadcast, page }: OpenPage,
  pushers: Pusher[],
): Promise<boolean> {
  const letters = pushers.map((pusher) => letterTo(parts, broadcast, pusher))
  const results = await sendLetters(parts.sender, letters, parts.rules)
  const recorded = results.map((result, index) => recordRecipient(parts, { broadcast, page }, letters[index]!, result))
  return (await Promise.all(recorded)).every(Boolean)
}

function letterTo(parts: BroadcasterParts, { id, app, name, data: raw, traceparent }: BroadcastHead, pusher: Pusher) {
  const content = { id: recipientId(id, pusher.id), app, name, raw, pusher, attempt: 1, failures: 0 }
  return openLetter(parts, content, traceparent)
}

/** @returns false when the recipient must be rung again. */
async function recordRecipient(
  { recorder, rules: { observer }, sender }: BroadcasterParts,
  { broadcast, page }: Pick<OpenPage, 'broadcast' | 'page'>,
  letter: Letter,
  result: PushResult,
): Promise<boolean> {
  const { id: push, app, attempt, pusher } = letter
  try {
    if (result.is === 'returned') return false
    const outcome = result.is === 'dead' && result.noAddress ? ({ is: 'skipped' } as const) : result
    const row = { broadcast: broadcast.id, page: page.id, attempt: page.attempt, pusher: pusher.id }
    await recorder.recipient({ ...row, result: outcome })
    const delay = 'delay' in result && { delay: result.delay }
    observer.tried({ push, app, sender: sender.name, attempt, outcome: outcome.is, ...delay })
    return true
  } finally {
    closeLetter(letter, result.is)
  }
}
