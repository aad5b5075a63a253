/** Bytes that have arrived and were not read yet, in one piece: many small ones would each cost more than they hold. */
export class HeldBytes {
  #bytes: Buffer = Buffer.alloc(0)
  #from = 0
  #to = 0
  /** Up to here, from the first on, there is no end of a line. */
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

  /** Twice as much, so that what comes byte by byte is not copied each time. */
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
