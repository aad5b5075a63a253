/**
 * A code and a sentence, as a CarillonError has them; that one would bring Node along into a browser.
 * `forbidden`: the application or the server refused, or the application could not be asked.
 * `unavailable`: the connection has ended for good.
 */
export class LiveError extends Error {
  override readonly name = 'LiveError'
  readonly code: 'forbidden' | 'unavailable'
  constructor(code: LiveError['code'], message: string) {
    super(message)
    this.code = code
  }
}
