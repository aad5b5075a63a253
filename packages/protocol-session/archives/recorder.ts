import { type Archive, type ArchiveLine, errorCode, type NewArchive, type Session } from '@carillon/contract'
import type { SessionStream } from '@carillon/contract/session-messages'
import { Gather } from '../gather.ts'
import type { SessionDeps } from '../deps.ts'
import type { SessionEvent } from '../room/room.ts'
import { type MediaOrder, recordOrders } from './media/media-orders.ts'

type RecorderParts = Pick<SessionDeps, 'archives' | 'rooms' | 'reporter' | 'log'>

/** What is to be archived, besides where. */
type Wish = Omit<NewArchive, 'app' | 'sessionId' | 'empty' | 'quiet'>

/** Where lines go: into all archives that run in a session. */
type Written = Pick<Archive, 'app' | 'sessionId'>

/** A line, without its time. */
interface Noted {
  type: string
  [field: string]: unknown
}

/** Starts and stops archives, and writes into them. */
export class Recorder {
  readonly #parts: RecorderParts
  readonly #lines: Gather<ArchiveLine>

  constructor(parts: RecorderParts) {
    this.#parts = parts
    this.#lines = new Gather({
      take: (lines) => parts.archives.write(lines),
      failed: (error, lost) => parts.log.error({ code: errorCode(error), lost }, 'archives could not be written'),
    })
  }

  /** @returns null when one of the same tag runs in the session */
  async start({ app, id: sessionId }: Session, wish: Wish): Promise<Archive | null> {
    const { connections, streams } = await this.#whoIsThere(app, sessionId)
    const where = { app, sessionId, empty: connections.length === 0, quiet: streams.length === 0 }
    const archive = await this.#parts.archives.start({ ...wish, ...where })
    if (!archive) return null
    const there = await this.#whoIsThere(app, sessionId)
    this.#write(archive, archive.createdAt, {
      type: 'archiveStarted',
      archive: archive.id,
      session: sessionId,
      ...there,
    })
    await this.#tell(archive, 'archiveStarted')
    void this.record(archive, there.streams)
    return archive
  }

  /** @returns null when it was stopped before */
  async stop({ app, id }: Archive, reason: string): Promise<Archive | null> {
    const archive = await this.#parts.archives.stop(app, id, reason)
    if (!archive) return null
    this.#write(archive, archive.stoppedAt!, { type: 'archiveStopped', archive: id, reason })
    await this.#tell(archive, 'archiveStopped')
    void this.#endAll(archive)
    return archive
  }

  /** Writes into all archives of a session what happened there. */
  happened({ app, session, at, ...what }: SessionEvent): void {
    this.#lines.add({ app, sessionId: session, at, text: JSON.stringify({ at, ...what }) })
  }

  /** Writes what was done with an archive. */
  note(archive: Written, what: Noted, at = Date.now()): void {
    this.#write(archive, at, what)
  }

  /** Has the media of streams recorded that are not yet, where the archive is of any. */
  async record(archive: Archive, streams: readonly SessionStream[]): Promise<void> {
    await this.#order(archive, recordOrders(archive, streams))
  }

  /** Ends what is recorded of a stream. */
  async endRecording(archive: Archive, streamId: string): Promise<void> {
    await this.#order(archive, [{ type: 'endRecording', archive: archive.id, streamId }])
  }

  /** Resolves once all is written. */
  drain(): Promise<void> {
    return this.#lines.stop()
  }

  #write({ app, sessionId }: Written, at: number, what: Noted): void {
    this.#lines.add({ app, sessionId, at, text: JSON.stringify({ at, ...what }) })
  }

  async #endAll(archive: Archive): Promise<void> {
    const { id, app, sessionId, wantsAudio, wantsVideo, stoppedAt } = archive
    if (!wantsAudio && !wantsVideo) return
    const streams = await this.#parts.rooms.streams(app, sessionId).catch(() => [])
    const at = stoppedAt ?? undefined
    const end = streams.map(({ id: streamId }) => ({ type: 'endRecording', archive: id, streamId, at }) as const)
    await this.#order(archive, end)
  }

  /** To the processes that hold the publishers. What one misses, the closed archive will tell it. */
  async #order({ app, sessionId: session }: Archive, orders: readonly MediaOrder[]): Promise<void> {
    const { rooms, log } = this.#parts
    await Promise.all(orders.map((one) => rooms.record(app, session, one))).catch((error: unknown) => {
      log.warn({ code: errorCode(error) }, 'a publisher could not be told of an archive')
    })
  }

  async #whoIsThere(app: number, session: string) {
    const { rooms } = this.#parts
    const [connections, streams] = await Promise.all([rooms.connections(app, session), rooms.streams(app, session)])
    return { connections, streams }
  }

  /** What is started or stopped is so, whether anyone can be told or not. */
  async #tell(archive: Archive, type: 'archiveStarted' | 'archiveStopped'): Promise<void> {
    const { rooms, reporter, log } = this.#parts
    reporter.archive(archive)
    const { app, sessionId, id, name } = archive
    await rooms.announce(app, sessionId, { type, id, name }).catch((error: unknown) => {
      log.warn({ code: errorCode(error) }, 'the clients of a session could not be told of its archive')
    })
  }
}
