import { setTimeout as pause } from 'node:timers/promises'
import { Subscriber } from './subscriber.ts'

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
  /** A text that must be answered, and the answer. */
  ping?: { text: string; answer: string }
}

const AT_ONCE = 100

/** Many clients that count their messages. */
export class Subscribers {
  readonly #all: Subscriber[] = []
  readonly #prefix: Buffer
  readonly #dialect: Dialect
  #missing = 0
  #ready = 0
  #arrived: () => void = () => {}

  constructor(dialect: Dialect) {
    this.#dialect = dialect
    this.#prefix = Buffer.from(dialect.message)
  }

  async open(port: number, count: number): Promise<void> {
    for (const wanted = this.#all.length + count; this.#all.length < wanted;) {
      for (let more = Math.min(AT_ONCE, wanted - this.#all.length); more > 0; more--) this.#open(port)
      while (this.#ready < this.#all.length) await pause(1)
    }
  }

  /** Resolves once so many messages have come. */
  expect(messages: number): Promise<void> {
    this.#missing += messages
    return new Promise((resolve) => (this.#arrived = resolve))
  }

  /** The messages that have not arrived yet, for the error of a timeout. */
  get lacking(): string {
    return `${this.#missing} messages to ${this.#ready} subscribers, of ${this.#all.length}, have not come`
  }

  close(): void {
    for (const subscriber of this.#all) subscriber.close()
  }

  #open(port: number): void {
    const { path, hello, ready } = this.#dialect
    const subscriber: Subscriber = new Subscriber({
      port,
      path,
      opened: () => {
        for (const text of hello) subscriber.send(text)
        if (!ready) this.#ready++
      },
      heard: (bytes, start, end) => this.#hear(subscriber, bytes, start, end),
    })
    this.#all.push(subscriber)
  }

  #hear(subscriber: Subscriber, bytes: Buffer, start: number, end: number): void {
    const { ping, ready } = this.#dialect
    if (startsWith(bytes, start, end, this.#prefix)) {
      if (--this.#missing === 0) this.#arrived()
    } else if (ready && bytes.toString('utf8', start, start + ready.length) === ready) this.#ready++
    else if (ping && bytes.toString('utf8', start, end) === ping.text) subscriber.send(ping.answer)
  }
}

/** By hand, for it is asked of each delivery: a call into native code would cost as much as the rest. */
function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false
  for (let at = 0; at < prefix.length; at++) if (bytes[start + at] !== prefix[at]) return false
  return true
}
