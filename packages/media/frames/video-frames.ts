import type { RtpPacket } from 'werift'
import { JitterBufferBase } from 'werift/nonstandard'
import type { Frame } from './frame.ts'
import { MediaClock } from './media-clock.ts'
import { isKeyframe, pictureSize, unwrapped } from './vp8.ts'

const RATE = 90_000
/** Packets that wait for one that is missing: some seconds of a good camera. */
const MOST_WAITING = 2000
/** Milliseconds that they wait, in which it is asked for again. */
const WAIT_MS = 400
/** Bytes; no encoder makes more of one picture. */
const LONGEST = 4 * 1024 ** 2

/** VP8: a frame is the packets up to a marked one. */
export class VideoFrames {
  readonly #clock = new MediaClock(RATE)
  readonly #inOrder = new JitterBufferBase(RATE, { latency: WAIT_MS, bufferSize: MOST_WAITING })
  readonly #add: (frame: Frame) => void
  readonly #needKeyframe: () => void
  #parts: Buffer[] = []
  #size = 0
  #isWhole = false

  constructor(add: (frame: Frame) => void, needKeyframe: () => void) {
    this.#add = add
    this.#needKeyframe = needKeyframe
  }

  /** @param now milliseconds */
  take(packet: RtpPacket, now: number): void {
    for (const { rtp, isPacketLost } of this.#inOrder.processInput({ rtp: packet })) {
      if (isPacketLost) this.#lose()
      // Browsers measure the network with packets that hold nothing.
      if (rtp && rtp.payload.length > 0) this.#join(rtp, now)
    }
  }

  #join({ header, payload }: RtpPacket, now: number): void {
    const { isFirst, data } = unwrapped(payload)
    if (isFirst === this.#parts.length > 0 || this.#size > LONGEST) this.#lose()
    if (isFirst || this.#parts.length > 0) this.#parts.push(data)
    this.#size += data.length
    if (header.marker) this.#take(this.#clock.timeOf(header.timestamp, now))
  }

  /** A picture that builds on one which was lost would be a smear. */
  #take(time: number): void {
    const data = Buffer.concat(this.#parts)
    this.#forget()
    if (data.length === 0) return
    const key = isKeyframe(data)
    this.#isWhole ||= key
    if (this.#isWhole) this.#add({ kind: 'video', data, isKeyframe: key, time, size: pictureSize(data) })
  }

  #lose(): void {
    this.#forget()
    if (this.#isWhole) this.#needKeyframe()
    this.#isWhole = false
  }

  #forget(): void {
    this.#parts = []
    this.#size = 0
  }
}
