/** Bytes of a message between Snapper's producers and the server. */
export const LONGEST_FRAME = 1024 * 1024

const BULK = 0x24
const SIMPLE = 0x2b
/** `$1048576` and room for zeros. A longer length is invalid. */
const LONGEST_LENGTH_LINE = 12

/** The bytes are not what the protocol allows; nothing after them can be read. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** A message as a RESP bulk string. */
export function frame(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`
}

/**
 * Reads RESP bulk and simple strings from a stream of bytes, however it is split. It holds at most one unfinished frame,
 * and of a bulk string only the bytes that have arrived.
 */
export class FrameReader {
  /** Bytes of a frame; may change while frames are read. */
  longest: number
  readonly #held = new HeldBytes()
  /** Bytes of the bulk string that is being read. */
  #bulk: number | undefined

  constructor(longest = LONGEST_FRAME) {
    this.longest = longest
  }

  /** @returns the frames that the bytes complete, as UTF-8. @throws FrameError */
  *read(chunk: Buffer): Generator<string> {
    this.#held.add(chunk)
    for (let text = this.#next(); text !== undefined; text = this.#next()) yield text
  }

  #next(): string | undefined {
    if (this.#bulk === undefined) {
      const line = this.#line()
      if (line === undefined || line.kind === SIMPLE) return line?.text
      this.#bulk = this.#lengthOf(line.text)
    }
    return this.#body(this.#bulk)
  }

  #line(): { kind: number; text: string } | undefined {
    const kind = this.#held.first
    if (kind === undefined) return undefined
    if (kind !== BULK && kind !== SIMPLE) throw new FrameError('A frame begins with $ or with +.')
    const end = this.#held.endOfLine()
    if ((end ?? this.#held.length) > (kind === BULK ? LONGEST_LENGTH_LINE : this.longest))
      throw new FrameError('A frame is too long.')
    return end === undefined ? undefined : { kind, text: this.#held.take(end + 2).toString('utf8', 1, end) }
  }

  #body(length: number): string | undefined {
    if (this.#held.length < length + 2) return undefined
    const bytes = this.#held.take(length + 2)
    if (!bytes.subarray(length).equals(END)) throw new FrameError('A bulk string is longer than it says.')
    this.#bulk = undefined
    return bytes.toString('utf8', 0, length)
  }

  #lengthOf(digits: string): number {
    if (!/^\d+$/.test(digits)) throw new FrameError('The length of a bulk string is a whole number.')
    if (Number(digits) > this.longest) throw new FrameError(`A frame has at most ${this.longest} bytes.`)
    return Number(digits)
  }
}

const END = Buffer.from('\r\n')

/**
 * A buffer of the bytes that have arrived and are not read yet. It is one piece, because many small ones would use more
 * memory than they hold.
 */
export class HeldBytes {
  #bytes: Buffer = Buffer.alloc(0)
  #from = 0
  #to = 0
  /** Up to this offset there is no end of a line. */
  #searched = 0

  get length(): number {
    return this.#to - this.#from
  }

  get first(): number | undefined {
    return this.length > 0 ? this.#bytes[this.#from] : undefined
  }

  add(chunk: Buffer): void {
    if (this.length === 0) return this.#hold(chunk, chunk.length)
    if (this.#to + chunk.length > this.#bytes.length) this.#grow(chunk.length)
    chunk.copy(this.#bytes, this.#to)
    this.#to += chunk.length
  }

  /** Bytes before the next CR LF; undefined while there is none. */
  endOfLine(): number | undefined {
    const from = this.#from + this.#searched
    const end = this.#bytes.subarray(from, this.#to).indexOf('\r\n')
    if (end >= 0) return this.#searched + end
    this.#searched = Math.max(0, this.length - 1) // its last byte may be the CR
    return undefined
  }

  /** Valid until more is added. */
  take(length: number): Buffer {
    const taken = this.#bytes.subarray(this.#from, this.#from + length)
    this.#from += length
    this.#searched = 0
    return taken
  }

  /** Doubles the size, so that bytes that arrive one by one are not copied each time. */
  #grow(more: number): void {
    const { length } = this
    const bytes = Buffer.allocUnsafe((length + more) * 2)
    this.#bytes.copy(bytes, 0, this.#from, this.#to)
    this.#hold(bytes, length)
  }

  #hold(bytes: Buffer, length: number): void {
    this.#bytes = bytes
    this.#from = 0
    this.#to = length
  }
}
