/**
 * What went wrong between a producer and the server: `unauthorized`, `unreachable`, `timeout`, `closed`, `full`, or the
 * code of an error that the server answered with, such as -32602.
 */
export class ProducerError extends Error {
  override readonly name = 'ProducerError'
  readonly code: string | number

  constructor(code: string | number, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

export function closed(): ProducerError {
  return new ProducerError('closed', 'The producer was closed.')
}

export function isUnauthorized(error: unknown): boolean {
  return error instanceof ProducerError && error.code === 'unauthorized'
}
