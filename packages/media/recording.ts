import { setInterval } from 'node:timers'
import type { RtpPacket } from 'werift'
import type { MediaPiece } from '@carillon/contract'
import { AudioFrames, type MediaFrame, type MediaKind, VideoFrames } from './frames.ts'
import { InOrder } from './webm/in-order.ts'
import { Pieces } from './webm/pieces.ts'
import { Webm } from './webm/webm.ts'

interface RecordingDeps {
  kinds: readonly MediaKind[]
  wrote(piece: MediaPiece): void
  needKeyframe(): void
}

/** Milliseconds between keyframes: players can jump to one, and what was lost before it does no more harm. */
const KEYFRAME_EVERY_MS = 5000
/** Milliseconds between asking for the first one, without which there is no picture. */
const FIRST_KEYFRAME_EVERY_MS = 500

/** RTP of one stream into a WebM file. */
export class Recording {
  readonly #deps: RecordingDeps
  readonly #frames: Record<MediaKind, AudioFrames | VideoFrames>
  readonly #ordered: InOrder
  readonly #pieces: Pieces
  readonly #asking: NodeJS.Timeout
  #webm: Webm | undefined
  #waited = 0
  #over = false

  constructor(deps: RecordingDeps) {
    this.#deps = deps
    const add = (frame: MediaFrame) => this.#ordered.add(frame)
    this.#frames = { audio: new AudioFrames(add), video: new VideoFrames(add, deps.needKeyframe) }
    this.#ordered = new InOrder((frame) => this.#write(frame))
    this.#pieces = new Pieces(deps.wrote)
    this.#asking = setInterval(() => this.#ask(), FIRST_KEYFRAME_EVERY_MS)
  }

  receive(kind: MediaKind, packet: RtpPacket): void {
    if (!this.#over) this.#frames[kind].receive(packet, performance.now())
  }

  /** Writes the last piece. */
  end(): void {
    if (this.#over) return
    this.#over = true
    clearInterval(this.#asking)
    this.#ordered.end()
    this.#webm?.end()
    this.#pieces.end()
  }

  #ask(): void {
    this.#waited += FIRST_KEYFRAME_EVERY_MS
    const hasPicture = this.#pieces.hasVideo
    if (!this.#deps.kinds.includes('video') || (hasPicture && this.#waited < KEYFRAME_EVERY_MS)) return
    this.#waited = 0
    this.#deps.needKeyframe()
  }

  #write(frame: MediaFrame): void {
    this.#pieces.count(frame)
    this.#webm ??= new Webm(this.#deps.kinds, this.#ordered.pictureSize ?? frame.size, this.#pieces)
    this.#webm.write(frame)
  }
}
