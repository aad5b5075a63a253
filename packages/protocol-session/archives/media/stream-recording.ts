import { type ArchiveFiles, errorCode, type Logger, type MediaRecorder, type RecordedCall } from '@carillon/contract'
import type { Candidate, IceServer, SessionConnection } from '@carillon/contract/session-messages'
import { Refusal } from '@carillon/request'
import type { Place } from '../../room/session-events.ts'
import type { Recorder } from '../recorder.ts'
import { FileWriter } from './file-writer.ts'
import { type MediaOrder, recorderOf } from './media-orders.ts'

/** The connection whose stream is recorded. */
export interface Publisher {
  place: Place
  self: SessionConnection
  send(message: object): void
}

export interface StreamRecordingParts {
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
const NO_MEDIA = 'Nothing came over the connection to the recorder.'

/** One stream for one archive: to its publisher, someone who subscribes. */
export class StreamRecording {
  readonly #parts: StreamRecordingParts
  readonly #from: string
  readonly #file: FileWriter
  #call: RecordedCall | undefined
  #ending: Promise<void> | undefined

  constructor(parts: StreamRecordingParts) {
    const { publisher, order, files, log } = parts
    this.#parts = parts
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
    return this.#parts.order.stream.id
  }

  get isCalled(): boolean {
    return this.#call !== undefined
  }

  isBetween(publisher: Publisher, recorder: string, streamId: string): boolean {
    return this.#parts.publisher === publisher && this.#from === recorder && this.streamId === streamId
  }

  begin(): void {
    this.#tell({ type: 'subscribe' })
  }

  /** @throws Refusal 400 */
  async offer(sdp: string): Promise<void> {
    this.#call ??= this.#open()
    try {
      this.#tell({ type: 'answer', sdp: await this.#call.offer(sdp) })
    } catch {
      throw new Refusal(400, 'The recorder takes offers of VP8 and Opus; this one it cannot use.')
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
    this.#tell({ type: 'unsubscribe' })
    await this.#call?.end()
    const { hasAudio, hasVideo, duration, size } = this.#file
    const { recorder, publisher, order, over } = this.#parts
    const reason = why || (this.#call ? (hasAudio || hasVideo ? '' : NO_MEDIA) : NO_CALL)
    const media = { hasAudio, hasVideo, duration: Math.round(duration / 1000), size, reason }
    const { app, session } = publisher.place
    recorder.note(
      { app, sessionId: session },
      { type: 'mediaEnded', archive: order.archive, streamId: this.streamId, ...media },
      at,
    )
    await this.#file.end(reason)
    over()
  }

  #open(): RecordedCall {
    const { media, order, iceServers } = this.#parts
    const { hasAudio, hasVideo } = order
    return media.open({
      hasAudio,
      hasVideo,
      iceServers: iceServers(),
      wrote: (piece) => this.#file.take(piece),
      ended: (why) => void this.end(why),
    })
  }

  #tell(message: object): void {
    this.#parts.publisher.send({ ...message, from: this.#from, streamId: this.streamId })
  }
}
