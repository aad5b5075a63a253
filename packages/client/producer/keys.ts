import { Signer } from './token.ts'

/** The keys of a producer: the one that signs is, as far as is known, one that the server takes. */
export class Keys {
  readonly #signers: readonly Signer[]
  #at = 0

  /** @throws TypeError for a PEM that holds no key of a kind that will do */
  constructor(secretKeys: readonly string[]) {
    this.#signers = secretKeys.map((key) => new Signer(key))
  }

  get count(): number {
    return this.#signers.length
  }

  token(claims: object): string {
    return this.#signers[this.#at]!.token(claims)
  }

  /** The server does not take this one. */
  next(): void {
    this.#at = (this.#at + 1) % this.count
  }
}
