/**
 * A JSON answer. `Response.json` would bypass the lighter Response with which the server replaces the runtime's own. Its
 * body would then be read as a stream, which takes longer than most requests that are answered here.
 */
export function jsonAnswer(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
}

/** Why a request is refused: the status and headers of the answer, and a sentence that the caller can act on. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    sentence: string,
    headers: Readonly<Record<string, string>> = {},
    options: ErrorOptions = {},
  ) {
    super(sentence, options)
    this.status = status
    this.headers = headers
  }
}

export function malformed(sentence: string, options?: ErrorOptions): Refusal {
  return new Refusal(400, sentence, {}, options)
}

export function unauthorized(sentence: string): Refusal {
  return new Refusal(401, sentence)
}

/** @param methods that the path supports */
export function methodNotAllowed(methods: readonly string[]): Refusal {
  const allow = methods.join(', ')
  return new Refusal(405, `This path accepts only ${allow}.`, { allow })
}

export function tooLarge(sentence: string): Refusal {
  return new Refusal(413, sentence)
}
