import type { RtpPacket } from 'werift'
import { JitterBufferBase } from 'werift/nonstandard'

export type MediaKind = 'audio' | 'video'

export interface PictureSize {
  width: number
  height: number
}

/** What a decoder reads at once. */
export interface MediaFrame {
  kind: MediaKind
  data: Buffer
  isKeyframe: boolean
  /** Milliseconds, whole ones, by one clock for both kinds. */
  time: number
  /** The size of a picture that can be decoded without another. */
  size?: PictureSize | undefined
}

/** Opus: a packet is a frame. */
export class AudioFrames {
  readonly #clock = new MediaClock(48_000)
  readonly #add: (frame: MediaFrame) => void

  constructor(add: (frame: MediaFrame) => void) {
    this.#add = add
  }

  receive({ header, payload }: RtpPacket, now: number): void {
    if (payload.length === 0) return
    this.#add({ kind: 'audio', data: payload, isKeyframe: true, time: this.#clock.timeOf(header.timestamp, now) })
  }
}

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
  readonly #add: (frame: MediaFrame) => void
  readonly #needKeyframe: () => void
  #parts: Buffer[] = []
  #size = 0
  #isWhole = false

  constructor(add: (frame: MediaFrame) => void, needKeyframe: () => void) {
    this.#add = add
    this.#needKeyframe = needKeyframe
  }

  /** @param now milliseconds */
  receive(packet: RtpPacket, now: number): void {
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
    if (header.marker) this.#finish(this.#clock.timeOf(header.timestamp, now))
  }

  /** A picture that builds on one which was lost would be a smear. */
  #finish(time: number): void {
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

/** RFC 6386, 9.1: the lowest bit of a frame is 0 in one that needs no other. */
export function isKeyframe(frame: Uint8Array): boolean {
  return frame.length > 0 && (frame[0]! & 1) === 0
}

/** RFC 6386, 9.1: in a keyframe, the size follows three bytes and a start code of three. */
export function pictureSize(frame: Buffer): PictureSize | undefined {
  if (!isKeyframe(frame) || frame.length < 10 || frame.readUIntBE(3, 3) !== 0x9d012a) return undefined
  const [width, height] = [frame.readUInt16LE(6) & 0x3fff, frame.readUInt16LE(8) & 0x3fff]
  return width > 0 && height > 0 ? { width, height } : undefined
}

/**
 * RFC 7741, 4.2: before its part of a frame a packet has a byte or more about itself.
 * @returns the part, and whether the frame begins with it
 */
export function unwrapped(payload: Buffer): { data: Buffer; isFirst: boolean } {
  const [about = 0, more = 0] = payload
  const isFirst = (about & 0x10) !== 0 && (about & 0x07) === 0
  if ((about & 0x80) === 0) return { data: payload.subarray(1), isFirst }
  let at = 2
  if (more & 0x80) at += (payload[at] ?? 0) & 0x80 ? 2 : 1 // the picture's number
  if (more & 0x40) at++ // the base layer's number
  if (more & 0x30) at++ // the layer, the number of the keyframe
  return { data: payload.subarray(at), isFirst }
}

/** Milliseconds by which a sender's clock may differ from ours before it is another clock. */
const DIFFERS = 5000
const TICKS = 2 ** 32

/**
 * Converts the timestamps of one RTP stream, which begin anywhere and turn over, to our own clock: the first packet gets
 * the time of its arrival, and all others are as long after it as its sender says. So sound and picture fit together,
 * and no timestamp of a sender can move time here.
 */
export class MediaClock {
  /** Ticks in a second. */
  readonly #rate: number
  #first: { at: number; ticks: number } | undefined
  #latest = 0

  constructor(rate: number) {
    this.#rate = rate
  }

  /**
   * @param timestamp of a packet
   * @param now milliseconds
   * @returns milliseconds, whole ones
   */
  timeOf(timestamp: number, now: number): number {
    const ticks = this.#unrolled(timestamp)
    this.#first ??= { at: now, ticks }
    const time = this.#timeOf(ticks, this.#first)
    if (Math.abs(time - now) <= DIFFERS) return Math.round(time)
    this.#first = { at: now, ticks }
    return Math.round(now)
  }

  #timeOf(ticks: number, first: { at: number; ticks: number }): number {
    return first.at + ((ticks - first.ticks) / this.#rate) * 1000
  }

  /** The nearest to the latest. */
  #unrolled(timestamp: number): number {
    const ahead = (((timestamp - this.#latest) % TICKS) + TICKS) % TICKS
    this.#latest += ahead < TICKS / 2 ? ahead : ahead - TICKS
    return this.#latest
  }
}
