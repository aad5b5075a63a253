import { type Pusher, recipientId } from '@carillon/contract'
import type { BroadcastHead, ClaimedPage, PageCounts, AttemptResult, SuppressionRepository } from '@carillon/store'
import type { Permit } from '../claim/concurrency.ts'
import type { Notifier } from '../notifier.ts'
import type { Recorder } from '../record/recorder.ts'
import { type Attempt, beginAttempt, endAttempt } from '../send/attempt.ts'
import { sendAttempts, type SendRules } from '../send/send.ts'
import { claimPage, type OpenPage, type PageDeps, RecipientReader, type Recipients } from './page.ts'

/** Pages that one worker rings for one sender, whatever broadcasts they are of: the other handlers stay free for pushes. */
const PAGES_AT_ONCE = 4
/** So long a worker goes on with the next page by itself: a wake-up takes as much as some thirty recipients. */
const GO_ON_MS = 250
/** Until a worker that rings as many looks again, if no other took the wake-up. */
const FULL_PAUSE_MS = 250
/** Until a worker looks again that could not read the recipients. */
const UNREADABLE_PAUSE_MS = 5000

export interface BroadcasterDeps extends PageDeps {
  suppressions: SuppressionRepository
  notifier: Notifier
  recorder: Recorder
  rules: SendRules
  /** Aborted when nothing new may be started. */
  drain: AbortSignal
}

export interface Broadcaster {
  /** Rings pages of a broadcast for a moment and hands the baton on, so that other workers have their turn. */
  ring(id: string): Promise<void>
}

/** What was recorded of a recipient; `returned` must be rung again. */
type Rung = Awaited<ReturnType<Recorder['recipient']>>

interface RungPage {
  /** False when it was lost, its broadcast stopped, its recipients cannot be read, or the worker stops. */
  whole: boolean
  rung: Rung[]
  /** Milliseconds until the broadcast goes on. */
  delay: number
}

export function broadcaster(deps: BroadcasterDeps): Broadcaster {
  let ringing = 0
  const handOn = (id: string, delay: number) => deps.notifier.broadcast({ id, sender: deps.sender.name, delay }, 1)

  async function ring(id: string): Promise<void> {
    const begun = performance.now()
    for (;;) {
      const open = await claimPage(deps, id)
      if (!open) return deps.broadcasts.finish([id])
      const { whole, delay } = await ringToEnd(deps, open)
      if (!whole || deps.drain.aborted || performance.now() - begun > GO_ON_MS) return handOn(id, delay)
    }
  }

  return {
    async ring(id) {
      if (deps.drain.aborted) return handOn(id, 0)
      if (ringing >= PAGES_AT_ONCE) return handOn(id, FULL_PAUSE_MS)
      ringing++
      await ring(id).finally(() => ringing--)
    },
  }
}

async function ringToEnd(deps: BroadcasterDeps, open: OpenPage): Promise<RungPage> {
  const { broadcasts, leases } = deps
  try {
    const page = await ringPage(deps, open)
    if (page.whole) await broadcasts.finishPage(open.page, countsOf(open.page, page.rung))
    else await broadcasts.returnPage(open.page)
    return page
  } finally {
    leases.release(open.page.id)
  }
}

async function ringPage(deps: BroadcasterDeps, open: OpenPage): Promise<RungPage> {
  const ringing: Promise<Rung>[] = []
  const reader = new RecipientReader(deps, open)
  let rest = open.recipients
  let delay = 0
  while (rest.length > 0) {
    const permit = await deps.concurrency.acquire(rest.length, true)
    const recipients = mayRing(deps, open) && (await reader.first(permit.pushes, rest))
    if (!recipients || !mayRing(deps, open)) {
      deps.concurrency.giveBack(permit)
      if (recipients === null) delay = UNREADABLE_PAUSE_MS
      break
    }
    rest = rest.slice(permit.pushes)
    ringing.push(...start(deps, open, recipients, permit))
  }
  const rung = await Promise.all(ringing)
  return { whole: rest.length === 0 && !rung.includes('returned'), rung, delay }
}

/** Nothing where others may have recorded some: a worker before this one, or one that took the page over. */
function countsOf({ attempt }: ClaimedPage, rung: Rung[]): PageCounts | undefined {
  if (attempt > 1 || rung.includes('lost')) return undefined
  const sent = rung.filter((one) => one === 'sent').length
  const skipped = rung.filter((one) => one === 'skipped').length
  return { sent, moved: rung.length - sent - skipped }
}

function mayRing({ drain, leases }: BroadcasterDeps, { page }: OpenPage): boolean {
  return !drain.aborted && leases.isSafe(page.id)
}

/** Rings those who may be rung, and records the others at once. */
function start(
  deps: BroadcasterDeps,
  open: OpenPage,
  { sendable, refused }: Recipients,
  permit: Permit,
): Promise<Rung>[] {
  const { concurrency } = deps
  concurrency.giveBack(permit, sendable.length)
  const done = () => concurrency.recorded()
  const attempts = sendable.map((pusher) => attemptFor(deps, open.broadcast, pusher))
  const results = sendAttempts(deps, attempts)
  const rung = attempts.map((attempt, index) => record(deps, open, attempt, results[index]!, done))
  const known = refused.map(({ pusher, refusal }) =>
    record(deps, open, attemptFor(deps, open.broadcast, pusher), refusal, () => {}),
  )
  return [...rung, ...known]
}

function attemptFor(deps: BroadcasterDeps, { id, app, name, data: raw, traceparent }: BroadcastHead, pusher: Pusher) {
  const content = { id: recipientId(id, pusher.id), app, name, raw, pusher, attempt: 1, failures: 0 }
  return beginAttempt(deps, content, traceparent)
}

/** Runs for every recipient: in two functions that wait it took a tenth more memory. */
async function record(
  { recorder, rules: { observer }, sender }: BroadcasterDeps,
  { broadcast, page }: OpenPage,
  attempt: Attempt,
  sent: AttemptResult | Promise<AttemptResult>,
  done: () => void,
): Promise<Rung> {
  const { id: push, app, pusher } = attempt
  const result = await sent
  try {
    if (result.is === 'returned') return 'returned'
    const outcome = result.is === 'dead' && result.noAddress ? ({ is: 'skipped' } as const) : result
    const row = { broadcast: broadcast.id, page: page.id, attempt: page.attempt, pusher: pusher.id }
    const recorded = await recorder.recipient({ ...row, result: outcome })
    const delay = 'delay' in result && { delay: result.delay }
    observer.tried({ push, app, sender: sender.name, attempt: attempt.attempt, outcome: recorded, ...delay })
    return recorded
  } finally {
    endAttempt(attempt, result.is)
    done()
  }
}
