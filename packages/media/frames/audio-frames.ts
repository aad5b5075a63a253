import type { RtpPacket } from 'werift'
import type { Frame } from './frame.ts'
import { MediaClock } from './media-clock.ts'

/** Opus: a packet is a frame. */
export class AudioFrames {
  readonly #clock = new MediaClock(48_000)
  readonly #add: (frame: Frame) => void

  constructor(add: (frame: Frame) => void) {
    this.#add = add
  }

  take({ header, payload }: RtpPacket, now: number): void {
    if (payload.length === 0) return
    this.#add({ kind: 'audio', data: payload, isKeyframe: true, time: this.#clock.timeOf(header.timestamp, now) })
  }
}
