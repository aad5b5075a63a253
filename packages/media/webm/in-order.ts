import type { MediaFrame, PictureSize } from '../frames.ts'

/** Milliseconds that a frame waits for others of an earlier time: more than the way of the one kind differs from that of the other. */
const WAIT_MS = 600
/** Frames; more come only from who does not send media but wants to do harm. */
const MOST = 1000

/** Sound and picture in the order of their times. */
export class InOrder {
  readonly #write: (frame: MediaFrame) => void
  readonly #waiting: MediaFrame[] = []
  #written = -Infinity
  #latest = -Infinity

  constructor(write: (frame: MediaFrame) => void) {
    this.#write = write
  }

  /** The size of the first picture that waits. */
  get pictureSize(): PictureSize | undefined {
    return this.#waiting.find(({ size }) => size)?.size
  }

  add(frame: MediaFrame): void {
    if (frame.time < this.#written) return
    const at = this.#waiting.findLastIndex(({ time }) => time <= frame.time) + 1
    this.#waiting.splice(at, 0, frame)
    this.#latest = Math.max(this.#latest, frame.time)
    while (this.#isDue()) this.#writeFirst()
  }

  end(): void {
    while (this.#waiting.length > 0) this.#writeFirst()
  }

  #isDue(): boolean {
    const [first] = this.#waiting
    return first !== undefined && (this.#latest - first.time > WAIT_MS || this.#waiting.length > MOST)
  }

  #writeFirst(): void {
    const frame = this.#waiting.shift()!
    this.#written = frame.time
    this.#write(frame)
  }
}
