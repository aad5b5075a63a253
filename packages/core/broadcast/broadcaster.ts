import { type Pusher, recipientId } from '@carillon/contract'
import type { BroadcastHead, PushResult, SuppressionRepository } from '@carillon/store'
import { closeLetter, type Letter, openLetter } from '../deliver/letter.ts'
import type { Recorder } from '../deliver/recorder.ts'
import { sendLetters, type SendRules } from '../deliver/send.ts'
import { findSuppressed } from '../deliver/suppressed.ts'
import type { Waker } from '../wake.ts'
import { type OpenPage, type PageParts, takePage } from './take-page.ts'

/** Pages that one worker rings for one sender, whatever broadcasts they are of: the other handlers stay free for pushes. */
const PAGES_AT_ONCE = 4
/** Until a worker that rings as many looks again, if no other took the hint. */
const FULL_PAUSE_MS = 250

export interface BroadcasterParts extends PageParts {
  suppressions: SuppressionRepository
  waker: Waker
  recorder: Recorder
  rules: SendRules
  /** Aborted when nothing new may be started. */
  drain: AbortSignal
}

export interface Broadcaster {
  /** Rings one page of a broadcast and hands the baton on, so that other pushes go in between. */
  ring(id: string): Promise<void>
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
    const held = await recorder.recipient({ ...row, result: outcome })
    const delay = 'delay' in result && { delay: result.delay }
    observer.tried({ push, app, sender: sender.name, attempt, outcome: held ? outcome.is : 'lost', ...delay })
    return true
  } finally {
    closeLetter(letter, result.is)
  }
}
