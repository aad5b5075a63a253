import { setTimeout as pause } from 'node:timers/promises'
import { errorCode, type Logger } from '@carillon/contract'
import type { BroadcastRepository, PushRepository, RecipientRecording, Recording } from '@carillon/store'
import { coalesce } from '../coalesce.ts'
import type { Waker } from '../wake.ts'

/** An outcome that is known must not be lost to a database that is away for a moment. */
const RETRY_MS = 500

export interface RecorderParts {
  pushes: PushRepository
  broadcasts: BroadcastRepository
  waker: Waker
  /** Seconds a push that comes out of a broadcast may stay unfinished. */
  ttl: number
  log: Logger
  /** Aborted when the worker may wait no longer. */
  stop: AbortSignal
}

/** Writes outcomes as soon as they are known, those of one moment together, and wakes what waits again. */
export interface Recorder {
  push(recording: Recording): Promise<void>
  recipient(recording: RecipientRecording): Promise<void>
}

const BATCH = { max: 1000, lanes: 2 }

export function recorder(parts: RecorderParts): Recorder {
  const pushes = coalesce((recordings: Recording[]) => untilRecorded(parts, recordings, recordPushes), BATCH)
  const recipients = coalesce(
    (recordings: RecipientRecording[]) => untilRecorded(parts, recordings, recordRecipients),
    BATCH,
  )
  return { push: pushes, recipient: recipients }
}

async function recordPushes({ pushes, broadcasts, waker }: RecorderParts, recordings: Recording[]): Promise<void> {
  const recorded = await pushes.record(recordings)
  waker.pushes(recorded.wakes)
  if (recorded.broadcasts.length > 0) await broadcasts.finish(recorded.broadcasts)
}

async function recordRecipients(
  { broadcasts, waker, ttl }: RecorderParts,
  recordings: RecipientRecording[],
): Promise<void> {
  waker.pushes(await broadcasts.record(recordings, ttl))
}

/** Trying again is safe: the attempt fences what another worker has taken over. */
async function untilRecorded<T>(
  parts: RecorderParts,
  recordings: T[],
  record: (parts: RecorderParts, recordings: T[]) => Promise<void>,
): Promise<undefined[]> {
  for (;;) {
    try {
      await record(parts, recordings)
      return recordings.map(() => undefined)
    } catch (error) {
      if (parts.stop.aborted) throw error
      parts.log.warn(
        { error: errorCode(error), outcomes: recordings.length },
        'outcomes could not be recorded; trying again',
      )
      await pause(RETRY_MS)
    }
  }
}
