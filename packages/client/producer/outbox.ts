import { LONGEST_FRAME } from '@carillon/contract'
import { ProducerError } from './errors.ts'

type Pair = [room: string, message: string]

/** Pairs of one `publish`, as every Snapper client has it, and bytes beyond which it takes no further one. */
const MOST_PAIRS = 50
const MOST_BYTES = LONGEST_FRAME / 2
/** Bytes around the pairs. */
const AROUND = 200

/** Messages that were accepted and are not with the server yet, in order. */
export class Outbox {
  readonly #most: number
  #waiting: { pair: Pair; bytes: number }[] = []

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#waiting.length
  }

  /** @throws ProducerError `full`; TypeError and RangeError for what no server takes */
  add(room: string, message: string): void {
    if (typeof room !== 'string' || room === '') throw new TypeError('room must be a text that is not empty')
    if (typeof message !== 'string' || message === '') throw new TypeError('message must be a text that is not empty')
    const bytes = Buffer.byteLength(JSON.stringify([room, message]))
    if (bytes > LONGEST_FRAME - AROUND) throw new RangeError(`a message has at most ${LONGEST_FRAME - AROUND} bytes`)
    if (this.size >= this.#most)
      throw new ProducerError('full', `${this.#most} messages wait for the server already: it is away, or too slow.`)
    this.#waiting.push({ pair: [room, message], bytes })
  }

  /** The oldest; they stay until they are removed. */
  next(): Pair[] {
    let bytes = 0
    const most = this.#waiting.slice(0, MOST_PAIRS)
    const end = most.findIndex((each, place) => (bytes += each.bytes) > MOST_BYTES && place > 0)
    return (end < 0 ? most : most.slice(0, end)).map(({ pair }) => pair)
  }

  remove(count: number): void {
    this.#waiting = this.#waiting.slice(count)
  }
}
