import type { Batch } from '@carillon/contract'

/** Framed once, for all who get it. */
export class OneMessage implements Batch {
  readonly #text: string
  #bytes: Uint8Array | undefined

  constructor(text: string) {
    this.#text = text
  }

  encoded(encode: (text: string) => Uint8Array): Uint8Array {
    return (this.#bytes ??= encode(this.#text))
  }
}
