import type { RtpPacket } from 'werift'
import { DepacketizeBase, JitterBufferBase } from 'werift/nonstandard'
import type { Frame } from './frame.ts'
import { MediaClock } from './media-clock.ts'
import { isKeyframe, pictureSize } from './vp8.ts'

const RATE = 90_000
/** Packets that wait for one that is missing: some seconds of a good camera. */
const MOST_WAITING = 2000
/** Milliseconds that they wait, in which it is asked for again. */
const WAIT_MS = 400

/** VP8: a frame is the packets up to a marked one. */
export class VideoFrames {
  readonly #clock = new MediaClock(RATE)
  readonly #inOrder = new JitterBufferBase(RATE, { latency: WAIT_MS, bufferSize: MOST_WAITING })
  readonly #joined = new DepacketizeBase('VP8', { isFinalPacketInSequence: ({ marker }) => marker })
  readonly #add: (frame: Frame) => void
  readonly #needKeyframe: () => void
  #isWhole = false

  constructor(add: (frame: Frame) => void, needKeyframe: () => void) {
    this.#add = add
    this.#needKeyframe = needKeyframe
  }

  take(packet: RtpPacket, now: number): void {
    if (packet.payload.length === 0) return
    for (const { rtp, isPacketLost } of this.#inOrder.processInput({ rtp: packet })) {
      if (isPacketLost) this.#lose()
      if (rtp) this.#join(rtp, now)
    }
  }

  #join(rtp: RtpPacket, now: number): void {
    const time = this.#clock.timeOf(rtp.header.timestamp, now)
    for (const { frame } of this.#joined.processInput({ rtp, time })) if (frame) this.#take(frame.data, time)
  }

  /** A picture that builds on one which was lost would be a smear. */
  #take(data: Buffer, time: number): void {
    const key = isKeyframe(data)
    this.#isWhole ||= key
    if (this.#isWhole) this.#add({ kind: 'video', data, isKeyframe: key, time, size: pictureSize(data) })
  }

  #lose(): void {
    this.#isWhole = false
    this.#needKeyframe()
  }
}
