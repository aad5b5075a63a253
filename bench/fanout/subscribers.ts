import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** How to subscribe to one of the servers, and which of its frames count. */
export interface Dialect {
  /** Path of the WebSocket. */
  path: string
  /** Sent once it is open. */
  hello: string[]
  /** Begins the frame that says a client is subscribed; absent: it is so from the start. */
  ready?: string
  /** Begins the text of each message; other frames do not count. */
  message: string
  /** Begins a frame that must be answered, and the answer. */
  ping?: { text: string; answer: string }
}

/** Many clients in few lines: raw sockets that count frames, so that the server is what is measured. */
export class Subscribers {
  readonly #sockets: Socket[] = []
  readonly #prefix: Buffer
  readonly #dialect: Dialect
  #missing = 0
  #ready = 0
  #opened = 0
  #arrived: () => void = () => {}

  constructor(dialect: Dialect) {
    this.#dialect = dialect
    this.#prefix = Buffer.from(dialect.message)
  }

  async open(port: number, count: number): Promise<void> {
    for (let left = count; left > 0; left -= 100) {
      await Promise.all(Array.from({ length: Math.min(100, left) }, () => this.#open(port)))
    }
    this.#opened += count
    if (this.#dialect.ready) await this.#until(() => this.#ready === this.#opened)
  }

  /** Resolves once so many messages have come. */
  expect(messages: number): Promise<void> {
    this.#missing += messages
    return new Promise((resolve) => (this.#arrived = resolve))
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await pause(10)
  }

  async #open(port: number): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#sockets.push(socket)
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(
      `GET ${this.#dialect.path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    )
    const rest = await afterHead(socket)
    let tail = this.#count(socket, rest)
    socket.on('data', (chunk: Buffer) => {
      tail = this.#count(socket, tail.length > 0 ? Buffer.concat([tail, chunk]) : chunk)
    })
    socket.resume()
    for (const text of this.#dialect.hello) socket.write(maskedFrame(text))
  }

  /** @returns the beginning of a frame that is not whole yet */
  #count(socket: Socket, bytes: Buffer): Buffer {
    let at = 0
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1]! & 127
      const head = short === 126 ? 4 : 2
      if (bytes.length - at < head) break
      const end = at + head + (short === 126 ? bytes.readUInt16BE(at + 2) : short)
      if (bytes.length < end) break
      this.#take(socket, bytes, at + head, end)
      at = end
    }
    return bytes.subarray(at)
  }

  #take(socket: Socket, bytes: Buffer, start: number, end: number): void {
    const { ping, ready } = this.#dialect
    if (startsWith(bytes, start, end, this.#prefix)) {
      if (--this.#missing === 0) this.#arrived()
    } else if (ready && bytes.toString('utf8', start, start + ready.length) === ready) this.#ready++
    else if (ping && bytes.toString('utf8', start, end) === ping.text) socket.write(maskedFrame(ping.answer))
  }
}

function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  return end - start >= prefix.length && bytes.compare(prefix, 0, prefix.length, start, start + prefix.length) === 0
}

function afterHead(socket: Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0)
    const read = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      const end = bytes.indexOf('\r\n\r\n')
      if (end === -1) return
      socket.off('data', read)
      socket.pause()
      resolve(bytes.subarray(end + 4))
    }
    socket.on('data', read)
  })
}

/** As clients must send it. The mask may be zero: it hides nothing anyway. */
function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  if (payload.length > 125) throw new Error('longer than the bench needs')
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
