import { setTimeout as pause } from 'node:timers/promises'
import { batch } from '@carillon/async'
import { errorCode, type Logger, type Observer, recipientId } from '@carillon/contract'
import type { BroadcastRepository, PushRepository, AttemptResult, RecipientRecording, Recording } from '@carillon/store'
import { type Notifier, someIds } from '../notifier.ts'

/** Milliseconds until an outcome is recorded again after the database could not be reached. */
const RETRY_MS = 500

export interface RecorderDeps {
  pushes: PushRepository
  broadcasts: BroadcastRepository
  notifier: Notifier
  /** Seconds a push that comes out of a broadcast may stay unfinished. */
  ttl: number
  log: Logger
  observer: Observer
  /** Aborted when the worker may wait no longer. */
  stop: AbortSignal
}

/** The outcome that was recorded; `lost` where this worker no longer held the lease. */
type RecordedOutcome<R extends Recording | RecipientRecording> = R['result']['is'] | 'lost'

/** Records outcomes as soon as they are known, those of one tick together, and wakes what waits again. */
export interface Recorder {
  push(recording: Recording): Promise<RecordedOutcome<Recording>>
  recipient(recording: RecipientRecording): Promise<RecordedOutcome<RecipientRecording>>
}

/** Half of what a sender may have unrecorded: while one half is recorded, the worker sends the other. */
const BATCH = { max: 100, concurrency: 2 }
const UNRECORDABLE: AttemptResult = { is: 'failed', delay: 60, reason: 'Its outcome could not be stored.' }

export function recorder(deps: RecorderDeps): Recorder {
  const { observer } = deps
  const pushes = batch(
    (recordings: Recording[]) =>
      eachOrAll(recordings, (some) =>
        untilRecorded(
          deps,
          () => idsOf(some),
          (again) => recordPushes(deps, some, again),
        ),
      ),
    { ...BATCH, onBatch: (size) => observer.batch('record', size) },
  )
  const recipients = batch(
    (recordings: RecipientRecording[]) =>
      eachOrAll(recordings, (some) =>
        untilRecorded(
          deps,
          () => recipientsOf(some),
          (again) => recordRecipients(deps, some, again),
        ),
      ),
    { ...BATCH, onBatch: (size) => observer.batch('recipients', size) },
  )
  return { push: pushes, recipient: recipients }
}

async function recordPushes(
  { pushes, broadcasts, notifier }: RecorderDeps,
  recordings: Recording[],
  again: boolean,
): Promise<RecordedOutcome<Recording>[]> {
  const recorded = await pushes.record(recordings)
  notifier.pushes(recorded.wakeUps)
  if (recorded.broadcasts.length > 0) await broadcasts.finish(recorded.broadcasts)
  // The statement that seemed to fail may have been committed: then these leases are over, as they should be.
  return recordings.map(({ id, result }) => (again || recorded.held.has(id) ? result.is : 'lost'))
}

async function recordRecipients(
  { broadcasts, notifier, ttl }: RecorderDeps,
  recordings: RecipientRecording[],
  again: boolean,
): Promise<RecordedOutcome<RecipientRecording>[]> {
  const { wakeUps, held } = await broadcasts.record(recordings, ttl)
  notifier.pushes(wakeUps)
  return recordings.map(({ result }, index) => (again || held[index] ? result.is : 'lost'))
}

function idsOf(recordings: Recording[]): string[] {
  return recordings.map(({ id }) => id)
}

function recipientsOf(recordings: RecipientRecording[]): string[] {
  return recordings.map(({ broadcast, pusher }) => recipientId(broadcast, pusher))
}

/**
 * An outcome that the database refuses becomes a failed attempt, and those of its batch are recorded without it. Outcomes
 * are made so that this never happens; if it did, no outcome of this worker would be recorded again.
 */
async function eachOrAll<R extends Recording | RecipientRecording, T>(
  recordings: R[],
  record: (some: R[]) => Promise<T[]>,
): Promise<T[]> {
  try {
    return await record(recordings)
  } catch (error) {
    if (!isRefused(error)) throw error
    if (recordings.length === 1) return record(recordings.map((one) => ({ ...one, result: UNRECORDABLE })))
    const each: T[] = []
    for (const one of recordings) each.push(...(await eachOrAll([one], record)))
    return each
  }
}

/** SQLSTATE: a data exception, or a broken constraint. */
function isRefused(error: unknown): boolean {
  return /^2[23]/.test(errorCode(error))
}

/** A retry is safe: `attempt` fences what another worker has claimed. */
async function untilRecorded<T>(
  { stop, log }: RecorderDeps,
  ids: () => string[],
  record: (again: boolean) => Promise<T>,
): Promise<T> {
  for (let again = false; ; again = true) {
    try {
      return await record(again)
    } catch (error) {
      if (stop.aborted || isRefused(error)) throw error
      log.warn({ error: errorCode(error), ...someIds(ids()) }, 'outcomes could not be recorded; retrying')
      await pause(RETRY_MS)
    }
  }
}
