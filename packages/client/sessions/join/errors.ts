/**
 * A code and a sentence, as a CarillonError has them; that one would bring Node along into a browser.
 * `forbidden`: the token or the role does not allow it. `not_found`: the session, connection or stream is not there.
 * `invalid`: what was asked is wrong in itself, or this environment cannot do it. `too_many`: slower, or fewer.
 * `unavailable`: no connection, for now or for good, to the server or to the other client.
 */
export class SessionError extends Error {
  override readonly name = 'SessionError'
  readonly code: 'forbidden' | 'not_found' | 'invalid' | 'too_many' | 'unavailable'

  constructor(code: SessionError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** @param status as HTTP has it: the code of an error, or a close code less 4000 */
export function sessionError(status: number, message: string): SessionError {
  return new SessionError(codes.get(status) ?? (status >= 400 && status < 500 ? 'invalid' : 'unavailable'), message)
}

const codes = new Map<number, SessionError['code']>([
  [403, 'forbidden'],
  [404, 'not_found'],
  [429, 'too_many'],
])
