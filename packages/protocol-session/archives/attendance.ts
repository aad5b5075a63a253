import { errorCode, type Session } from '@carillon/contract'
import { Gather } from '../gather.ts'
import type { SessionDeps } from '../deps.ts'
import type { SessionEvent } from '../room/room.ts'

type AttendanceParts = Pick<SessionDeps, 'archives' | 'rooms' | 'reporter' | 'recorder' | 'log'>

interface Touched {
  session: string
  /** Someone came, or began to publish. */
  arrived: boolean
}

const ARRIVALS = ['connectionCreated', 'streamCreated']
const DEPARTURES = ['connectionDestroyed', 'streamDestroyed']

/**
 * Pauses the archives of a session when nobody is in it, goes on with them when somebody is, and starts one where that
 * is wanted. Looks at who is there now, not at what happened, so that events of several processes may cross.
 */
export class Attendance {
  readonly #parts: AttendanceParts
  readonly #touched: Gather<Touched>

  constructor(parts: AttendanceParts) {
    this.#parts = parts
    this.#touched = new Gather({
      take: (some) => this.#settleAll(some),
      failed: (error) =>
        parts.log.warn({ code: errorCode(error) }, 'archives could not be kept in step with their sessions'),
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
    for (const session of await this.#parts.archives.concerned(ids))
      await this.#settle(session, arrived.has(session.id))
  }

  async #settle(session: Session, arrived: boolean): Promise<void> {
    const { archives, rooms, reporter, recorder } = this.#parts
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
