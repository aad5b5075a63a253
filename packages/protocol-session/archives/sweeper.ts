import { createHash } from 'node:crypto'
import { type Archive, type ArchiveLimits, errorCode, type OverdueArchive } from '@carillon/contract'
import type { Hub } from '@carillon/hub'
import type { Attendance, AttendanceDeps } from './attendance.ts'
import { contentOf } from './content.ts'

/** All in seconds. */
export interface ArchiveTimes extends ArchiveLimits {
  /** How long the last lines of other processes may still come after an archive was stopped. */
  lastLines: number
  /** How long an archive is available. */
  retention: number
  /** Between two sweeps. */
  look: number
}

const HOUR_S = 3600

export const defaultTimes: ArchiveTimes = {
  longest: 2 * HOUR_S,
  empty: 60,
  quiet: HOUR_S,
  lastLines: 1,
  retention: 30 * 24 * HOUR_S,
  look: 2,
}

interface ArchiveSweeperDeps extends AttendanceDeps {
  hub: Hub
  attendance: Attendance
  times: ArchiveTimes
}

/** Seconds in which one process puts an archive together. */
const PUT_TOGETHER_WITHIN_S = 60

const reasons: Record<OverdueArchive['because'], string> = {
  empty: 'Stopped: nobody was in the session.',
  quiet: 'Stopped: nobody published.',
  long: 'Stopped: it reached the longest duration.',
}

/** Ends archives whose time is over, and makes stopped ones available. Every process sweeps; the rows decide whose work it is. */
export class ArchiveSweeper {
  readonly #deps: ArchiveSweeperDeps
  readonly #timer: NodeJS.Timeout
  #looking: Promise<void> | undefined

  constructor(deps: ArchiveSweeperDeps) {
    this.#deps = deps
    this.#timer = setInterval(() => this.#look(), deps.times.look * 1000).unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  #look(): void {
    this.#looking ??= this.#tidy()
      .catch((error: unknown) => this.#deps.log.warn({ code: errorCode(error) }, 'archives could not be swept'))
      .finally(() => (this.#looking = undefined))
  }

  async #tidy(): Promise<void> {
    const { archives, hub, reporter, times } = this.#deps
    for (const overdue of await archives.overdue(times)) await this.#end(overdue)
    for (const archive of await archives.close(times.lastLines)) {
      if (await hub.cache.first(`archive:${archive.id}`, PUT_TOGETHER_WITHIN_S)) await this.#putTogether(archive)
    }
    for (const expired of await archives.expire(times.retention)) reporter.archive(expired)
  }

  /** Rows may be out of date, if a process died before it wrote. */
  async #end({ archive, because }: OverdueArchive): Promise<void> {
    const { archives, rooms, recorder, reporter, attendance } = this.#deps
    const { app, sessionId } = archive
    if (because === 'empty' && (await rooms.connections(app, sessionId)).length > 0) {
      for (const changed of await archives.setEmpty(app, sessionId, false)) reporter.archive(changed)
    } else if (because === 'quiet' && (await rooms.streams(app, sessionId)).length > 0) {
      await archives.setQuiet(app, sessionId, false)
    } else {
      const stopped = await recorder.stop(archive, reasons[because])
      if (stopped?.automatic && because === 'long') attendance.startAgain(sessionId)
    }
  }

  async #putTogether(archive: Archive): Promise<void> {
    const { archives } = this.#deps
    const hash = createHash('sha256')
    let size = 0
    const { bytes, cutOff } = await contentOf(archives, archive)
    for await (const some of bytes) {
      hash.update(some)
      size += some.length
    }
    const reason = cutOff > 0 ? `The media of ${cutOff} streams is incomplete, because a server stopped.` : ''
    const available = await archives.makeAvailable(archive.id, { size, sha256: hash.digest('hex'), reason })
    if (available) this.#deps.reporter.archive(available)
  }
}
