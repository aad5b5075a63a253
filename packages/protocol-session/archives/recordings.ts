import type { ArchiveFiles, Logger, MediaRecorder } from '@carillon/contract'
import type { Relay } from '@carillon/contract/session-messages'
import { Refusal } from '@carillon/http'
import { type IceOptions, iceServersFor } from '../ice.ts'
import type { MediaOrder } from '../room/order.ts'
import type { SessionEvent } from '../room/session-events.ts'
import type { Recorder } from './recorder.ts'
import { type Publisher, recorderOf, StreamRecording } from './stream-recording.ts'

export interface RecordingsDeps {
  /** Absent: there is no media in archives. */
  media: MediaRecorder | undefined
  files: ArchiveFiles
  recorder: Pick<Recorder, 'note'>
  ice: IceOptions
  log: Logger
}

/** Streams that one process records at a time. Each uses a few percent of a core. */
const MOST = 50

/** The recordings of the publishers that this process holds. */
export class Recordings {
  readonly #deps: RecordingsDeps
  readonly #running = new Map<string, StreamRecording>()

  constructor(deps: RecordingsDeps) {
    this.#deps = deps
  }

  /** Asks a publisher for its media, once for each archive. @returns false when this server records no media */
  begin(publisher: Publisher, order: Extract<MediaOrder, { type: 'record' }>): boolean {
    const { media, files, recorder, log } = this.#deps
    if (!media) return false
    const key = keyOf(order.archive, order.stream.id)
    if (this.#running.has(key)) return true
    const iceServers = () => iceServersFor(this.#deps.ice, recorderOf(order.archive), Math.floor(Date.now() / 1000))
    const over = () => this.#running.delete(key)
    const recording = new StreamRecording({ publisher, order, media, files, recorder, iceServers, over, log })
    this.#running.set(key, recording)
    recording.begin()
    return true
  }

  /** Handles what a publisher sends to a recorder. @throws Refusal */
  async hear(publisher: Publisher, to: string, said: Relay): Promise<void> {
    const recording = [...this.#running.values()].find((one) => one.isBetween(publisher, to, said.streamId))
    if (!recording) throw new Refusal(404, 'This archive does not record this stream, or no longer does.')
    if (said.type === 'offer' && !recording.isCalled && this.#calls >= MOST) {
      await recording.end('The server already recorded its maximum number of streams.')
      throw new Refusal(503, 'This server records its maximum number of streams.')
    }
    if (said.type === 'offer') await recording.offer(said.sdp)
    else if (said.type === 'candidate') recording.candidate(said.candidate)
  }

  /** @returns false when it does not run here */
  end({ archive, streamId, at }: Extract<MediaOrder, { type: 'endRecording' }>): boolean {
    const recording = this.#running.get(keyOf(archive, streamId))
    void recording?.end(at === undefined ? 'The stream was removed from the archive.' : '', at)
    return recording !== undefined
  }

  happened(event: SessionEvent): void {
    if (event.type !== 'streamDestroyed') return
    for (const recording of this.#running.values())
      if (recording.streamId === event.stream.id) void recording.end('The stream ended.')
  }

  /** Resolves once all is written. */
  async stop(): Promise<void> {
    const ended = [...this.#running.values()].map((recording) => recording.end('The server stopped.'))
    await Promise.all([...ended, this.#deps.media?.stop()])
  }

  get #calls(): number {
    return [...this.#running.values()].filter(({ isCalled }) => isCalled).length
  }
}

function keyOf(archive: string, streamId: string): string {
  return `${archive} ${streamId}`
}
