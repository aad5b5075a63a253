import { type AppDirectory, recipientId } from '@carillon/contract'
import type {
  AddressRepository,
  AttemptResult,
  ClaimedPage,
  PageCounts,
  PreferenceRepository,
  RecipientRecording,
  SuppressionRepository,
} from '@carillon/store'
import type { Permit } from '../claim/concurrency.ts'
import type { Notifier } from '../notifier.ts'
import type { Recorder } from '../record/recorder.ts'
import { type Attempt, beginAttempt, endAttempt } from '../send/attempt.ts'
import { sendAttempts, type SendDeps } from '../send/send.ts'
import { claimPage, type OpenPage, type PageDeps, type PageRecipient, RecipientReader } from './page.ts'

/** Pages that one worker sends at once for one sender, of any broadcasts: the other handlers stay free for pushes. */
const PAGES_AT_ONCE = 4
/** How long a worker continues with the next page without a wake-up, which takes as long as some thirty recipients. */
const CONTINUE_MS = 250
/** Until a worker that already sends that many pages checks again, if no other worker took the wake-up. */
const FULL_PAUSE_MS = 250
/** Until a worker checks again that could not read the recipients. */
const UNREADABLE_PAUSE_MS = 5000

export interface BroadcasterDeps extends PageDeps, SendDeps {
  sender: SendDeps['sender']
  concurrency: PageDeps['concurrency']
  log: SendDeps['log']
  apps: Pick<AppDirectory, 'byId'>
  preferences: Pick<PreferenceRepository, 'decide'>
  suppressions: SuppressionRepository
  addresses: AddressRepository
  notifier: Notifier
  recorder: Recorder
  /** Aborted when nothing new may be started. */
  drain: AbortSignal
}

export interface Broadcaster {
  /** Sends pages of a broadcast for a moment, then wakes a worker for the next, so that others have their turn. */
  send(id: string): Promise<void>
}

/** The recorded outcome of a recipient; one that was `returned` is to be sent again. */
type RecipientOutcome = Awaited<ReturnType<Recorder['recipient']>>

interface SentPage {
  /** False if it was lost, its broadcast stopped, its recipients cannot be read, or the worker stops. */
  whole: boolean
  outcomes: RecipientOutcome[]
  /** Milliseconds until the broadcast continues. */
  delay: number
}

export function broadcaster(deps: BroadcasterDeps): Broadcaster {
  let sending = 0
  const wakeLater = (id: string, delay: number) => deps.notifier.broadcast({ id, sender: deps.sender.name, delay }, 1)

  async function sendPages(id: string): Promise<void> {
    const begun = performance.now()
    for (;;) {
      const open = await claimPage(deps, id)
      if (!open) return deps.broadcasts.finish([id])
      const { whole, delay } = await sendAndFinish(deps, open)
      if (!whole || deps.drain.aborted || performance.now() - begun > CONTINUE_MS) return wakeLater(id, delay)
    }
  }

  return {
    async send(id) {
      if (deps.drain.aborted) return wakeLater(id, 0)
      if (sending >= PAGES_AT_ONCE) return wakeLater(id, FULL_PAUSE_MS)
      sending++
      await sendPages(id).finally(() => sending--)
    },
  }
}

async function sendAndFinish(deps: BroadcasterDeps, open: OpenPage): Promise<SentPage> {
  const { broadcasts, leases } = deps
  try {
    const sent = await sendPage(deps, open)
    if (sent.whole) await broadcasts.finishPage(open.page, countsOf(open.page, sent.outcomes))
    else await broadcasts.returnPage(open.page)
    return sent
  } finally {
    leases.release(open.page.id)
  }
}

async function sendPage(deps: BroadcasterDeps, open: OpenPage): Promise<SentPage> {
  const recording: Promise<RecipientOutcome>[] = []
  const reader = new RecipientReader(deps, open)
  let rest = open.recipients
  let delay = 0
  while (rest.length > 0) {
    using permit = await deps.concurrency.acquire(rest.length, true)
    const recipients = maySend(deps, open) && (await reader.first(permit.pushes, rest))
    if (!recipients || !maySend(deps, open)) {
      if (recipients === null) delay = UNREADABLE_PAUSE_MS
      break
    }
    rest = rest.slice(permit.pushes)
    recording.push(...start(deps, open, recipients, permit))
  }
  const outcomes = await Promise.all(recording)
  return { whole: rest.length === 0 && !outcomes.includes('returned'), outcomes, delay }
}

/** Nothing where another worker may have recorded some: the one before, or one that claimed the page meanwhile. */
function countsOf({ attempt }: ClaimedPage, outcomes: RecipientOutcome[]): PageCounts | undefined {
  if (attempt > 1 || outcomes.includes('lost')) return undefined
  const sent = outcomes.filter((outcome) => outcome === 'sent').length
  const skipped = outcomes.filter((outcome) => outcome === 'skipped').length
  return { sent, moved: outcomes.length - sent - skipped }
}

function maySend({ drain, leases }: BroadcasterDeps, { page }: OpenPage): boolean {
  return !drain.aborted && leases.isSafe(page.id)
}

/** Sends to the recipients that may be sent to, and records the others at once. */
function start(
  deps: BroadcasterDeps,
  open: OpenPage,
  recipients: PageRecipient[],
  permit: Permit,
): Promise<RecipientOutcome>[] {
  const attempts = recipients.map((recipient) => attemptFor(deps, open, recipient))
  const sendable = attempts.filter(({ refusal }) => !refusal)
  const results = sendAttempts(deps, sendable, permit)
  const sent = sendable.map((attempt, index) => record(deps, open, attempt, results[index]!))
  const refused = attempts.flatMap((attempt) => (attempt.refusal ? [record(deps, open, attempt, attempt.refusal)] : []))
  return [...sent, ...refused]
}

function attemptFor(deps: BroadcasterDeps, { broadcast, page }: OpenPage, recipient: PageRecipient): Attempt {
  const { app, name, data: raw, traceparent } = broadcast
  const content = { id: recipientId(broadcast.id, recipient.pusher.id), row: page.id, app, name, raw, ...recipient }
  return beginAttempt(deps, { ...content, attempt: 1, failures: 0, progress: {} }, traceparent)
}

/** Runs for every recipient: in two functions that wait it took a tenth more memory. */
async function record(
  { recorder, observer, sender }: BroadcasterDeps,
  { broadcast, page }: OpenPage,
  attempt: Attempt,
  sent: AttemptResult | Promise<AttemptResult>,
): Promise<RecipientOutcome> {
  const { id: push, app, pusher } = attempt
  const result = await sent
  try {
    if (result.is === 'returned') return 'returned'
    const row = { broadcast: broadcast.id, page: page.id, attempt: page.attempt, pusher: pusher!.id }
    const recorded = await recorder.recipient({ ...row, result: ofRecipient(result) })
    const delay = 'delay' in result && { delay: result.delay }
    observer.tried({ push, app, sender: sender.name, attempt: attempt.attempt, outcome: recorded, ...delay })
    return recorded
  } finally {
    endAttempt(attempt, result.is)
  }
}

/** A recipient without an address is skipped. */
function ofRecipient(result: AttemptResult): RecipientRecording['result'] {
  if (result.is !== 'dead' || !result.noAddress) return result
  const { addresses } = result
  return { is: 'skipped', ...(addresses && { addresses }) }
}
