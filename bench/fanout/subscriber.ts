import { randomBytes } from 'node:crypto'
import { dial, type Line } from './dial.ts'

export interface SubscriberParts {
  port: number
  /** Path of the WebSocket. */
  path: string
  /** Once, when it is a WebSocket. */
  opened(): void
  /** A frame's text, as a part of bytes that are used again after the call. */
  heard(bytes: Buffer, start: number, end: number): void
}

const nothing = Buffer.alloc(0)
/* First bytes of frames. */
const TEXT = 0x81
const CLOSE = 0x88
const PING = 0x89
const PONG = 0x8a
const END_OF_HEAD = '\r\n\r\n'

/** A WebSocket client in few lines. It answers pings: servers close who does not. */
export class Subscriber {
  readonly #parts: SubscriberParts
  #line: Line | undefined
  #isOpen = false
  /** The beginning of what has not wholly come. */
  #kept: Buffer = nothing

  constructor(parts: SubscriberParts) {
    this.#parts = parts
    dial(parts.port, {
      opened: (line) => {
        this.#line = line
        line.write(
          `GET ${parts.path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
        )
      },
      heard: (bytes) => this.#read(bytes),
    })
  }

  send(text: string): void {
    this.#line?.write(maskedFrame(TEXT, Buffer.from(text)))
  }

  close(): void {
    this.#line?.end()
  }

  #read(chunk: Buffer): void {
    const bytes = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk
    const used = this.#isOpen ? this.#readFrames(bytes, 0) : this.#readHead(bytes)
    this.#kept = used === bytes.length ? nothing : Buffer.from(bytes.subarray(used))
  }

  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf(END_OF_HEAD)
    if (end === -1) return 0
    this.#isOpen = true
    this.#parts.opened()
    return this.#readFrames(bytes, end + END_OF_HEAD.length)
  }

  /** @returns where the first frame begins that is not whole yet */
  #readFrames(bytes: Buffer, from: number): number {
    let at = from
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1]! & 127
      const start = at + (short === 126 ? 4 : 2)
      if (bytes.length < start) break
      const end = start + (short === 126 ? bytes.readUInt16BE(at + 2) : short)
      if (bytes.length < end) break
      if (bytes[at] === PING) this.#line?.write(maskedFrame(PONG, bytes.subarray(start, end)))
      else if (bytes[at] === CLOSE) this.#line?.end()
      else this.#parts.heard(bytes, start, end)
      at = end
    }
    return at
  }
}

/** As clients must send it. The mask may be zero: it hides nothing anyway. */
function maskedFrame(kind: number, payload: Buffer): Buffer {
  const { length } = payload
  if (length > 0xffff) throw new Error('longer than the bench needs')
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([kind, ...size, 0, 0, 0, 0]), payload])
}
