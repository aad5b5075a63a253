import {
  type Check,
  DEFERRED,
  OUTBOX_PREFIX,
  type PushEvent,
  type PushRecord,
  type ReportEventName,
  reportEvents,
} from '@carillon/contract'
import { heldReasons, type HistoryRepository } from '@carillon/store'
import { moment } from '../times.ts'
import { listed } from './words.ts'

/** Pushes of the pusher among which the last one of the sender is looked for. */
const LOOKED_AT = 100

type History = Pick<HistoryRepository, 'list' | 'find'>

/** The newest pushes to a pusher, whichever sender they have. */
export function newestPushes(history: History, app: number, pusher: string): Promise<PushRecord[]> {
  return history.list(app, { pusher, size: LOOKED_AT })
}

interface LastPushQuery {
  /** Id of the pusher. */
  pusher: string
  sender: string
  newest: readonly PushRecord[]
}

/** What became of the last push to a pusher through a sender. */
export async function lastPushCheck(
  history: History,
  app: number,
  { pusher, sender, newest }: LastPushQuery,
): Promise<Check> {
  const last = newest.find((push) => push.sender === sender)
  if (!last) {
    const among = newest.length === LOOKED_AT ? `, among the last ${LOOKED_AT} to it,` : ''
    return { check: 'lastPush', state: 'ok', sentence: `No push to ${pusher} through ${sender}${among} is on record.` }
  }
  const found = last.state === 'sent' ? await history.find(app, last.id) : null
  return { check: 'lastPush', push: last.id, ...whatBecameOf(last, found?.timeline ?? []) }
}

type Outcome = Pick<Check, 'state' | 'sentence' | 'action'>

function whatBecameOf(push: PushRecord, timeline: PushEvent[]): Outcome {
  const { state, attempt, reason } = push
  const ended = moment(push.finishedAt ?? push.acceptedAt)
  switch (state) {
    case 'sent':
      return sent(push, ended, timeline)
    case 'cancelled':
      return { state: 'ok', sentence: `The last push was cancelled at ${ended}.` }
    case 'skipped':
      return { state: 'ok', sentence: `The last push was skipped at ${ended}: ${reason}` }
    case 'dead': {
      const tries = attempt === 1 ? '1 attempt' : `${attempt} attempts`
      const action = `Replay it when the cause is gone: carillon dead replay ${push.id}`
      return {
        state: 'blocks',
        sentence: `The last push failed for good at ${ended}, after ${tries}: ${reason}`,
        action,
      }
    }
    case 'sending':
      return { state: 'waits', sentence: `The last push is being sent, in its attempt ${attempt}.` }
    case 'waiting':
      return waiting(push)
  }
}

function waiting(push: PushRecord): Outcome {
  const { dueAt, reason } = push
  const until = dueAt * 1000 > Date.now() ? ` until ${moment(dueAt)}` : ''
  const isDeferred = reason?.startsWith(DEFERRED) // and says itself until when
  const sentence = isDeferred ? `The last push is ${reason}` : `The last push waits${until}: ${reason}`
  const action = whatReleases(push)
  return action === undefined ? { state: 'waits', sentence } : { state: 'blocks', sentence, action }
}

/** What an operator has to do so that a push goes on; undefined: it goes on by itself. */
function whatReleases({ reason, sender, broadcast }: PushRecord): string | undefined {
  if (reason === heldReasons.broadcastPaused) return `Resume the broadcast: POST /v1/broadcasts/${broadcast}/resume.`
  if (reason === heldReasons.senderPaused) return `Resume the sender: POST /v1/senders/${sender}/resume.`
  return reason === heldReasons.noWorker ? `Start a worker that runs ${sender}: carillon worker` : undefined
}

const REPORTED: Readonly<Record<ReportEventName, string>> = {
  delivered: 'it was delivered',
  opened: 'it was opened',
  bounced: 'it bounced',
  complained: 'the recipient complained of it',
  unsubscribed: 'the recipient has unsubscribed',
}
const GOOD: ReadonlySet<ReportEventName> = new Set(['delivered', 'opened'])

function sent(push: PushRecord, at: string, timeline: readonly PushEvent[]): Outcome {
  const ids = messageIds(push, timeline)
  const files = ids.filter((id) => id.startsWith(OUTBOX_PREFIX)).map((id) => id.slice(OUTBOX_PREFIX.length))
  const written = `written to the outbox as ${listed(files, 'and')}`
  if (files.length > 0 && files.length === ids.length)
    return { state: 'ok', sentence: `The last push was ${written} at ${at}. Nothing was sent to a provider.` }
  if (files.length > 0) {
    const some = `${files.length} of its ${ids.length} messages ${files.length === 1 ? 'was' : 'were'}`
    return { state: 'ok', sentence: `The last push was sent at ${at}, but ${some} only ${written}.` }
  }
  const report = timeline.findLast(isReport)
  if (!report)
    return { state: 'ok', sentence: `The last push was sent at ${at}. The provider has reported nothing since.` }
  const { event, time, reason } = report
  const told = `${REPORTED[event]}${reason === undefined ? '.' : `: ${reason}`}`
  return {
    state: GOOD.has(event) ? 'ok' : 'blocks',
    sentence: `The last push was sent at ${at}. The provider reported at ${moment(time)} that ${told}`,
  }
}

/** What was sent: a message at each address, or one. It is empty where the provider gave no id. */
function messageIds({ messageId }: PushRecord, timeline: readonly PushEvent[]): string[] {
  const results = timeline.findLast(({ event }) => event === 'sent')?.addresses ?? []
  const atAddresses = results.filter(({ outcome }) => outcome === 'sent').map((result) => result.messageId ?? '')
  return atAddresses.length > 0 ? atAddresses : [messageId ?? '']
}

function isReport(event: PushEvent): event is PushEvent & { event: ReportEventName } {
  return reportEvents.some((name) => name === event.event)
}
