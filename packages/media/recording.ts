import { setInterval } from 'node:timers'
import type { RtpPacket } from 'werift'
import type { MediaPiece } from '@carillon/contract'
import { AudioFrames } from './frames/audio-frames.ts'
import type { Frame, Kind } from './frames/frame.ts'
import { VideoFrames } from './frames/video-frames.ts'
import { InOrder } from './webm/in-order.ts'
import { Pieces } from './webm/pieces.ts'
import { Webm } from './webm/webm.ts'

interface RecordingParts {
  kinds: readonly Kind[]
  wrote(piece: MediaPiece): void
  needKeyframe(): void
}

/** Milliseconds between keyframes: players can jump to one, and what was lost before it does no more harm. */
const KEYFRAME_EVERY_MS = 5000
/** Milliseconds between asking for the first one, without which there is no picture. */
const FIRST_KEYFRAME_EVERY_MS = 500

/** RTP of one stream into a WebM file. */
export class Recording {
  readonly #parts: RecordingParts
  readonly #frames: Record<Kind, AudioFrames | VideoFrames>
  readonly #ordered: InOrder
  readonly #pieces: Pieces
  readonly #asking: NodeJS.Timeout
  #webm: Webm | undefined
  #waited = 0
  #over = false

  constructor(parts: RecordingParts) {
    this.#parts = parts
    const add = (frame: Frame) => this.#ordered.add(frame)
    this.#frames = { audio: new AudioFrames(add), video: new VideoFrames(add, parts.needKeyframe) }
    this.#ordered = new InOrder((frame) => this.#write(frame))
    this.#pieces = new Pieces(parts.wrote)
    this.#asking = setInterval(() => this.#ask(), FIRST_KEYFRAME_EVERY_MS)
  }

  take(kind: Kind, packet: RtpPacket): void {
    if (!this.#over) this.#frames[kind].take(packet, performance.now())
  }

  /** Hands over the last piece. */
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
    if (!this.#parts.kinds.includes('video') || (hasPicture && this.#waited < KEYFRAME_EVERY_MS)) return
    this.#waited = 0
    this.#parts.needKeyframe()
  }

  #write(frame: Frame): void {
    this.#pieces.count(frame)
    this.#webm ??= new Webm(this.#parts.kinds, this.#ordered.pictureSize ?? frame.size, this.#pieces)
    this.#webm.write(frame)
  }
}
