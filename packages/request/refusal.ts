/** Why a request is not served: the status of the answer, and a sentence that the caller can act on. */
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
