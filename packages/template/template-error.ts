import { LiquidError } from 'liquidjs'
import { TimeUp } from './watchdog.ts'

/** A template that is broken, or costs too much. The message is a sentence without any of its text or values. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  /** The time ran out, which may be a busy machine's fault. */
  readonly timedOut: boolean
  constructor(message: string, options: { timedOut?: boolean } = {}) {
    super(message)
    this.timedOut = options.timedOut ?? false
  }
}

export function tooMuchText(): TemplateError {
  return new TemplateError(TOO_MUCH_TEXT)
}

export function tooSlow(): TemplateError {
  return new TemplateError('the template takes too long to render', { timedOut: true })
}

/** A part of a template that is refused; `offset` is its place in the text that was read. */
export class RefusedPart extends Error {
  readonly offset: number
  constructor(sentence: string, offset: number) {
    super(sentence)
    this.offset = offset
  }
}

/** A source in which the Go names are replaced by Liquid. */
export interface Translation {
  text: string
  /** The place in the source that a place in `text` comes from. */
  originalOffset(offset: number): number
}

const TOO_MUCH_TEXT = 'the template produces too much text'

/** liquidjs quotes the template in its messages; these do not. */
const REASONS: [RegExp, string][] = [
  [/^output .* not closed/s, 'a {{ is not closed'],
  [/^tag ".* not closed/s, 'a {% is not closed'],
  [/^(?:tag|raw) \{%-?\s*(\w{1,40})/, 'this $1 has no end tag'],
  [/^raw .* not closed/s, 'this raw has no end tag'],
  [/^tag "(end\w{0,40}|else|elsif|when)" not found/, 'this $1 has no opening tag'],
  [/^tag "(\w{1,40})" not found/, 'there is no tag "$1"'],
  [/^undefined filter: (\w{1,40})/, 'there is no filter "$1"'],
  [/^memory alloc limit/, TOO_MUCH_TEXT],
  [/^parse length limit/, 'the template is too long'],
]

/**
 * Says in our words what went wrong and where.
 * @param source what the author wrote
 */
export function describeError(error: unknown, source: string, translation: Translation): TemplateError {
  const message = error instanceof Error ? error.message : ''
  const cause = LiquidError.is(error) ? error.originalError : error
  if (cause instanceof TemplateError) return cause
  if (error instanceof TimeUp || message.startsWith('template render limit')) return tooSlow()
  const offset = offsetOf(error, translation.text)
  const place = offset === undefined ? '' : `${placeOf(source, translation.originalOffset(offset))}: `
  return new TemplateError(place + (cause instanceof RefusedPart ? cause.message : reason(message)))
}

function reason(message: string): string {
  for (const [pattern, words] of REASONS) {
    const found = pattern.exec(message)
    if (found) return words.replace('$1', found[1] ?? '')
  }
  return 'this is not valid'
}

/** Undefined where a partial failed, which is another text. */
function offsetOf(error: unknown, text: string): number | undefined {
  if (error instanceof RefusedPart) return error.offset
  return LiquidError.is(error) && error.token.input === text ? error.token.begin : undefined
}

function placeOf(source: string, offset: number): string {
  const before = source.slice(0, offset).split('\n')
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}
