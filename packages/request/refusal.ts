/** Why a request is not served: status and headers of the answer, and a sentence that the caller can act on. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}) {
    super(sentence)
    this.status = status
    this.headers = headers
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

/** @param methods that the path takes */
export function methodNotAllowed(methods: readonly string[]): Refusal {
  const allow = methods.join(', ')
  return new Refusal(405, `This path takes ${allow} only.`, { allow })
}
