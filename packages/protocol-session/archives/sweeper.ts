import { createHash } from 'node:crypto'
import { type Archive, errorCode, type OverdueArchive } from '@carillon/contract'
import type { SessionDeps } from '../deps.ts'
import type { Attendance } from './attendance.ts'
import { contentOf } from './content.ts'
import type { ArchiveTimes } from './times.ts'

interface ArchiveSweeperParts extends Pick<
  SessionDeps,
  'hub' | 'archives' | 'rooms' | 'reporter' | 'recorder' | 'log'
> {
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

/** Ends archives whose time is over, and makes available what was stopped. Every process looks; the rows say whose it is. */
export class ArchiveSweeper {
  readonly #parts: ArchiveSweeperParts
  readonly #timer: NodeJS.Timeout
  #looking: Promise<void> | undefined

  constructor(parts: ArchiveSweeperParts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.#look(), parts.times.look * 1000).unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  #look(): void {
    this.#looking ??= this.#tidy()
      .catch((error: unknown) => this.#parts.log.warn({ code: errorCode(error) }, 'archives could not be looked after'))
      .finally(() => (this.#looking = undefined))
  }

  async #tidy(): Promise<void> {
    const { archives, hub, reporter, times } = this.#parts
    for (const overdue of await archives.overdue(times)) await this.#end(overdue)
    for (const archive of await archives.close(times.lastLines)) {
      if (await hub.cache.first(`archive:${archive.id}`, PUT_TOGETHER_WITHIN_S)) await this.#putTogether(archive)
    }
    for (const expired of await archives.expire(times.retention)) reporter.archive(expired)
  }

  /** Rows may say less than what is so, where a process died before it told. */
  async #end({ archive, because }: OverdueArchive): Promise<void> {
    const { archives, rooms, recorder, reporter, attendance } = this.#parts
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
    const { archives } = this.#parts
    const hash = createHash('sha256')
    let size = 0
    const { bytes, cutOff } = await contentOf(archives, archive)
    for await (const some of bytes) {
      hash.update(some)
      size += some.length
    }
    const reason = cutOff > 0 ? `Of ${cutOff} streams the media is cut off: a server went down.` : ''
    const available = await archives.makeAvailable(archive.id, { size, sha256: hash.digest('hex'), reason })
    if (available) this.#parts.reporter.archive(available)
  }
}
