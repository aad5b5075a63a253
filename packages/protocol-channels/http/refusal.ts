/** A request that is not served, with the HTTP status and a sentence: the whole body, which is what SDKs show. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number

  constructor(status: number, sentence: string) {
    super(sentence)
    this.status = status
  }
}

export function malformed(sentence: string): Refusal {
  return new Refusal(400, sentence)
}

export function unauthorized(sentence: string): Refusal {
  return new Refusal(401, sentence)
}

export function tooLarge(sentence: string): Refusal {
  return new Refusal(413, sentence)
}
