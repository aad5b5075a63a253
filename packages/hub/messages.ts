import type { Batch } from '@carillon/contract'

/** A message of a channel, until the end of its tick. */
export class Message {
  readonly order: number
  readonly text: string
  /** Id of the session that does not get it, or ''. */
  readonly except: string
  #bytes: Uint8Array | undefined

  constructor(order: number, text: string, except: string) {
    this.order = order
    this.text = text
    this.except = except
  }

  encoded(encode: (text: string) => Uint8Array): Uint8Array {
    return (this.#bytes ??= encode(this.text))
  }
}

/** Messages in the order in which they were published, encoded once for all who get them. */
export class Messages implements Batch {
  readonly #messages: readonly Message[]
  #bytes: Uint8Array | undefined

  constructor(messages: readonly Message[]) {
    this.#messages = messages
  }

  encoded(encode: (text: string) => Uint8Array): Uint8Array {
    return (this.#bytes ??= this.#join(encode))
  }

  #join(encode: (text: string) => Uint8Array): Uint8Array {
    const [first, ...more] = this.#messages
    if (first && more.length === 0) return first.encoded(encode)
    return Buffer.concat(this.#messages.map((message) => message.encoded(encode)))
  }
}
