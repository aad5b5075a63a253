import { type Archives, errorCode, type Logger, type Session } from '@carillon/contract'
import { BatchQueue } from '../batch-queue.ts'
import type { Reporter } from '../reporter.ts'
import type { Rooms } from '../room/rooms.ts'
import type { SessionEvent } from '../room/session-events.ts'
import type { Recorder } from './recorder.ts'

export interface AttendanceDeps {
  archives: Archives
  rooms: Rooms
  reporter: Reporter
  recorder: Recorder
  log: Logger
}

interface Touched {
  session: string
  /** Someone came, or began to publish. */
  arrived: boolean
}

const ARRIVALS = ['connectionCreated', 'streamCreated']
const DEPARTURES = ['connectionDestroyed', 'streamDestroyed']

/**
 * Pauses the archives of a session while it is empty, resumes them when somebody comes, and starts an automatic one. It
 * reads who is present now instead of following the events, so that events of several processes may cross.
 */
export class Attendance {
  readonly #deps: AttendanceDeps
  readonly #touched: BatchQueue<Touched>

  constructor(deps: AttendanceDeps) {
    this.#deps = deps
    this.#touched = new BatchQueue({
      handle: (some) => this.#settleAll(some),
      failed: (error) => deps.log.warn({ code: errorCode(error) }, 'archives could not be updated from their sessions'),
    })
  }

  happened({ type, session }: SessionEvent): void {
    const arrived = ARRIVALS.includes(type)
    if (arrived || DEPARTURES.includes(type)) this.#touched.add({ session, arrived })
  }

  /** An automatic archive ended while people may be there. */
  startAgain(session: string): void {
    this.#touched.add({ session, arrived: true })
  }

  stop(): Promise<void> {
    return this.#touched.stop()
  }

  async #settleAll(touched: readonly Touched[]): Promise<void> {
    const arrived = new Set(touched.filter((one) => one.arrived).map(({ session }) => session))
    const ids = [...new Set(touched.map(({ session }) => session))]
    for (const session of await this.#deps.archives.concerned(ids)) await this.#settle(session, arrived.has(session.id))
  }

  async #settle(session: Session, arrived: boolean): Promise<void> {
    const { archives, rooms, reporter, recorder } = this.#deps
    const { app, id } = session
    const [connections, streams] = await Promise.all([rooms.connections(app, id), rooms.streams(app, id)])
    const isEmpty = connections.length === 0
    if (session.archived && arrived && !isEmpty) await recorder.start(session, automatic(session))
    for (const changed of await archives.setEmpty(app, id, isEmpty)) reporter.archive(changed)
    await archives.setQuiet(app, id, streams.length === 0)
    if (!arrived || streams.length === 0) return
    for (const archive of await archives.running(app, id)) await recorder.record(archive, streams)
  }
}

function automatic({ archiveName: name, archiveResolution }: Session) {
  const resolution = archiveResolution ?? '640x480'
  const kept = { name, outputMode: 'composed', streamMode: 'auto', resolution, tag: '', automatic: true } as const
  return { ...kept, wantsAudio: false, wantsVideo: false }
}
