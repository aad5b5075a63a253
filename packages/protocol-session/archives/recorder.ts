import {
  type Archive,
  type ArchiveLine,
  type Archives,
  errorCode,
  type Logger,
  type NewArchive,
  type Session,
} from '@carillon/contract'
import type { SessionStream } from '@carillon/contract/session-messages'
import { BatchQueue } from '../batch-queue.ts'
import type { Reporter } from '../reporter.ts'
import type { MediaOrder } from '../room/order.ts'
import type { Rooms } from '../room/rooms.ts'
import type { SessionEvent } from '../room/session-events.ts'

interface ArchiveRecorderDeps {
  archives: Archives
  rooms: Rooms
  reporter: Reporter
  log: Logger
}

/** What is to be archived. */
type ArchiveRequest = Omit<NewArchive, 'app' | 'sessionId' | 'empty' | 'quiet'>

/** Lines go into all archives that run in a session. */
type ArchivedSession = Pick<Archive, 'app' | 'sessionId'>

/** A line, without its time. */
interface LineFields {
  type: string
  [field: string]: unknown
}

/** Starts and stops archives, and writes into them. */
export class Recorder {
  readonly #deps: ArchiveRecorderDeps
  readonly #lines: BatchQueue<ArchiveLine>

  constructor(deps: ArchiveRecorderDeps) {
    this.#deps = deps
    this.#lines = new BatchQueue({
      handle: (lines) => deps.archives.write(lines),
      failed: (error, lost) => deps.log.error({ code: errorCode(error), lost }, 'archives could not be written'),
    })
  }

  /** @returns null when one of the same tag runs in the session */
  async start({ app, id: sessionId }: Session, request: ArchiveRequest): Promise<Archive | null> {
    const { connections, streams } = await this.#present(app, sessionId)
    const where = { app, sessionId, empty: connections.length === 0, quiet: streams.length === 0 }
    const archive = await this.#deps.archives.start({ ...request, ...where })
    if (!archive) return null
    const there = await this.#present(app, sessionId)
    this.#write(archive, archive.createdAt, {
      type: 'archiveStarted',
      archive: archive.id,
      session: sessionId,
      ...there,
    })
    await this.#announce(archive, 'archiveStarted')
    void this.record(archive, there.streams)
    return archive
  }

  /** @returns null when it was stopped before */
  async stop({ app, id }: Archive, reason: string): Promise<Archive | null> {
    const archive = await this.#deps.archives.stop(app, id, reason)
    if (!archive) return null
    this.#write(archive, archive.stoppedAt!, { type: 'archiveStopped', archive: id, reason })
    await this.#announce(archive, 'archiveStopped')
    void this.#endAll(archive)
    return archive
  }

  /** Writes into all archives of a session what happened there. */
  happened({ app, session, at, ...what }: SessionEvent): void {
    this.#lines.add({ app, sessionId: session, at, text: JSON.stringify({ at, ...what }) })
  }

  /** Writes what was done with an archive. */
  note(archive: ArchivedSession, what: LineFields, at = Date.now()): void {
    this.#write(archive, at, what)
  }

  /** Starts to record the streams that the archive wants and that are not recorded yet. */
  async record(archive: Archive, streams: readonly SessionStream[]): Promise<void> {
    await this.#order(archive, recordOrders(archive, streams))
  }

  /** Stops the recording of a stream. */
  async endRecording(archive: Archive, streamId: string): Promise<void> {
    await this.#order(archive, [{ type: 'endRecording', archive: archive.id, streamId }])
  }

  /** Resolves once all is written. */
  drain(): Promise<void> {
    return this.#lines.stop()
  }

  #write({ app, sessionId }: ArchivedSession, at: number, what: LineFields): void {
    this.#lines.add({ app, sessionId, at, text: JSON.stringify({ at, ...what }) })
  }

  async #endAll(archive: Archive): Promise<void> {
    const { id, app, sessionId, wantsAudio, wantsVideo, stoppedAt } = archive
    if (!wantsAudio && !wantsVideo) return
    const streams = await this.#deps.rooms.streams(app, sessionId).catch(() => [])
    const at = stoppedAt ?? undefined
    const end = streams.map(({ id: streamId }) => ({ type: 'endRecording', archive: id, streamId, at }) as const)
    await this.#order(archive, end)
  }

  /** Sends orders to the processes that hold the publishers. One that misses its order learns it from the closed archive. */
  async #order({ app, sessionId: session }: Archive, orders: readonly MediaOrder[]): Promise<void> {
    const { rooms, log } = this.#deps
    await Promise.all(orders.map((one) => rooms.record(app, session, one))).catch((error: unknown) => {
      log.warn({ code: errorCode(error) }, 'a publisher could not be notified of an archive')
    })
  }

  async #present(app: number, session: string) {
    const { rooms } = this.#deps
    const [connections, streams] = await Promise.all([rooms.connections(app, session), rooms.streams(app, session)])
    return { connections, streams }
  }

  /** A failure to notify does not undo the start or the stop. */
  async #announce(archive: Archive, type: 'archiveStarted' | 'archiveStopped'): Promise<void> {
    const { rooms, reporter, log } = this.#deps
    reporter.archive(archive)
    const { app, sessionId, id, name } = archive
    await rooms.announce(app, sessionId, { type, id, name }).catch((error: unknown) => {
      log.warn({ code: errorCode(error) }, 'the clients of a session could not be notified of its archive')
    })
  }
}

/** Orders to record the streams that this archive wants. */
function recordOrders(archive: Archive, streams: readonly SessionStream[]): MediaOrder[] {
  const { id, wantsAudio, wantsVideo, streamMode } = archive
  return streams.flatMap(({ id: streamId, videoType, name }) => {
    const chosen = archive.streams.find((one) => one.streamId === streamId)
    if (streamMode === 'manual' && !chosen) return []
    const hasAudio = wantsAudio && chosen?.hasAudio !== false
    const hasVideo = wantsVideo && chosen?.hasVideo !== false
    if (!hasAudio && !hasVideo) return []
    return [{ type: 'record', archive: id, stream: { id: streamId, videoType, name }, hasAudio, hasVideo }]
  })
}
