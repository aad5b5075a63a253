import {
  type ArchiveFiles,
  errorCode,
  type Logger,
  type MediaPiece,
  type MediaRecorder,
  type NewArchiveFile,
  type PlacedPiece,
  type RecordedCall,
} from '@carillon/contract'
import type { Candidate, IceServer, SessionConnection } from '@carillon/contract/session-messages'
import { Refusal } from '@carillon/http'
import { BatchQueue } from '../batch-queue.ts'
import type { MediaOrder } from '../room/order.ts'
import type { RoomId } from '../room/session-events.ts'
import type { Recorder } from './recorder.ts'

/** The connection whose stream is recorded. */
export interface Publisher {
  room: RoomId
  self: SessionConnection
  send(message: object): void
}

interface StreamRecordingOptions {
  publisher: Publisher
  order: Extract<MediaOrder, { type: 'record' }>
  media: MediaRecorder
  files: ArchiveFiles
  recorder: Pick<Recorder, 'note'>
  iceServers(): IceServer[]
  over(): void
  log: Logger
}

const NO_CALL = "The publisher's client opened no connection to the recorder."
const NO_MEDIA = 'Nothing arrived over the connection to the recorder.'

/** Records one stream for one archive. Its publisher sees one more subscriber. */
export class StreamRecording {
  readonly #options: StreamRecordingOptions
  readonly #from: string
  readonly #file: FileWriter
  #call: RecordedCall | undefined
  #ending: Promise<void> | undefined

  constructor(options: StreamRecordingOptions) {
    const { publisher, order, files, log } = options
    this.#options = options
    this.#from = recorderOf(order.archive)
    const { videoType, name } = order.stream
    this.#file = new FileWriter({
      files,
      archive: order.archive,
      streamId: order.stream.id,
      stream: { connectionData: publisher.self.data, videoType, name },
      failed: (error) => log.warn({ code: errorCode(error) }, 'media of an archive could not be written'),
      over: (why) => void this.end(why),
    })
  }

  get streamId(): string {
    return this.#options.order.stream.id
  }

  get isCalled(): boolean {
    return this.#call !== undefined
  }

  isBetween(publisher: Publisher, recorder: string, streamId: string): boolean {
    return this.#options.publisher === publisher && this.#from === recorder && this.streamId === streamId
  }

  begin(): void {
    this.#send({ type: 'subscribe' })
  }

  /** @throws Refusal 400 */
  async offer(sdp: string): Promise<void> {
    this.#call ??= this.#open()
    try {
      this.#send({ type: 'answer', sdp: await this.#call.offer(sdp) })
    } catch {
      throw new Refusal(400, 'The recorder accepts only offers with VP8 and Opus.')
    }
  }

  candidate(candidate: Candidate): void {
    this.#call?.candidate(candidate)
  }

  /** @param at Unix milliseconds @returns a promise that resolves once all is written, and never rejects */
  end(why: string, at?: number): Promise<void> {
    // Not at once: what ends by it calls this again.
    this.#ending ??= Promise.resolve().then(() => this.#end(why, at))
    return this.#ending
  }

  async #end(why: string, at = Date.now()): Promise<void> {
    this.#send({ type: 'unsubscribe' })
    await this.#call?.end()
    const { hasAudio, hasVideo, duration, size } = this.#file
    const { recorder, publisher, order, over } = this.#options
    const reason = why || (this.#call ? (hasAudio || hasVideo ? '' : NO_MEDIA) : NO_CALL)
    const media = { hasAudio, hasVideo, duration: Math.round(duration / 1000), size, reason }
    const { app, session } = publisher.room
    recorder.note(
      { app, sessionId: session },
      { type: 'mediaEnded', archive: order.archive, streamId: this.streamId, ...media },
      at,
    )
    await this.#file.end(reason)
    over()
  }

  #open(): RecordedCall {
    const { media, order, iceServers } = this.#options
    const { hasAudio, hasVideo } = order
    return media.open({
      hasAudio,
      hasVideo,
      iceServers: iceServers(),
      wrote: (piece) => this.#file.take(piece),
      ended: (why) => void this.end(why),
    })
  }

  #send(message: object): void {
    this.#options.publisher.send({ ...message, from: this.#from, streamId: this.streamId })
  }
}

interface FileWriterOptions extends Omit<NewArchiveFile, 'startedAt'> {
  files: ArchiveFiles
  archive: string
  /** A try failed. */
  failed(error: unknown): void
  /** Nothing more can be written. */
  over(why: string): void
}

/** Bytes of one stream: two hours of a very good camera. */
const LONGEST = 4 * 1024 ** 3
/** Bytes that wait while the database does not take them. */
const MOST_WAITING = 32 * 1024 ** 2

const UNWRITTEN = 'The database did not accept the media in time.'

/** Writes a file into an archive, which has it from the first piece on. */
export class FileWriter {
  hasAudio = false
  hasVideo = false
  /** Milliseconds. */
  duration = 0
  /** Bytes. */
  size = 0
  readonly #options: FileWriterOptions
  readonly #pieces: BatchQueue<PlacedPiece>
  #id: string | undefined
  #places = 0
  #waiting = 0
  #over = false

  constructor(options: FileWriterOptions) {
    this.#options = options
    this.#pieces = new BatchQueue({
      handle: (pieces) => this.#write(pieces),
      failed: (error, lost) => {
        options.failed(error)
        if (lost > 0) this.#giveUp(UNWRITTEN)
      },
    })
  }

  take(piece: MediaPiece): void {
    if (this.#over) return
    const { hasAudio, hasVideo, duration, bytes, isHeader } = piece
    if (this.size + bytes.length > LONGEST) return this.#giveUp('The stream exceeded the largest size of a file.')
    if (this.#waiting + bytes.length > MOST_WAITING) return this.#giveUp(UNWRITTEN)
    const place = isHeader ? 0 : ++this.#places
    if (!isHeader || this.size === 0) this.size += bytes.length
    Object.assign(this, { hasAudio, hasVideo, duration })
    this.#waiting += bytes.length
    this.#pieces.add({ place, piece })
  }

  /** Resolves once all is written that can be. */
  async end(reason: string): Promise<void> {
    await this.#pieces.stop()
    if (this.#id !== undefined) await this.#options.files.end(this.#id, reason).catch(this.#options.failed)
  }

  async #write(pieces: readonly PlacedPiece[]): Promise<void> {
    if (this.#over) return
    const isTaken = (await this.#begun(pieces[0]!.piece)) && (await this.#options.files.write(this.#id!, pieces))
    for (const { piece } of pieces) this.#waiting -= piece.bytes.length
    if (!isTaken) this.#giveUp('The archive was closed.')
  }

  async #begun({ startedAt }: MediaPiece): Promise<boolean> {
    const { files, archive, streamId, stream } = this.#options
    this.#id ??= (await files.begin(archive, { streamId, stream, startedAt })) ?? undefined
    return this.#id !== undefined
  }

  #giveUp(why: string): void {
    if (this.#over) return
    this.#over = true
    this.#options.over(why)
  }
}

/** Begins with this where other peers of a call have their connection's id. */
const RECORDER = 'recorder:'

/** The id by which a publisher's client knows the recorder of an archive. */
export function recorderOf(archive: string): string {
  return RECORDER + archive
}

export function isRecorder(peer: string): boolean {
  return peer.startsWith(RECORDER)
}
