import type { MediaPiece } from '@carillon/contract'
import type { MediaFrame } from '../frames.ts'

/** Bytes from which on a piece is emitted. */
const ENOUGH = 256 * 1024
/** Milliseconds after which a smaller piece is emitted too: no more is lost when this process is killed. */
const SOON_MS = 1000

/** Collects the bytes of a file into pieces. */
export class Pieces {
  hasVideo = false
  #hasAudio = false
  #waiting: Uint8Array[] = []
  #size = 0
  #timer: NodeJS.Timeout | undefined
  #from: number | undefined
  #until = 0
  readonly #wrote: (piece: MediaPiece) => void

  constructor(wrote: (piece: MediaPiece) => void) {
    this.#wrote = wrote
  }

  /** What comes next. @param frame with a time of this process's clock */
  count({ kind, time }: MediaFrame): void {
    if (kind === 'video') this.hasVideo = true
    else this.#hasAudio = true
    this.#from ??= time
    this.#until = time
  }

  header(bytes: Uint8Array): void {
    this.#flush()
    this.#emit(bytes, true)
  }

  add(bytes: Uint8Array): void {
    this.#waiting.push(bytes)
    this.#size += bytes.length
    if (this.#size >= ENOUGH) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), SOON_MS)
  }

  end(): void {
    this.#flush()
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#size === 0) return
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#size = 0
    this.#emit(bytes, false)
  }

  #emit(bytes: Uint8Array, isHeader: boolean): void {
    const from = this.#from ?? this.#until
    this.#wrote({
      // Of its own: it goes to another thread, with all that shares its memory.
      bytes: Uint8Array.from(bytes),
      isHeader,
      hasAudio: this.#hasAudio,
      hasVideo: this.hasVideo,
      startedAt: Math.round(performance.timeOrigin + from),
      duration: this.#until - from,
    })
  }
}
