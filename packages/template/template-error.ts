import { nearestName } from '@carillon/contract'
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
  [/^invalid value expression: ""/, 'a value is missing, such as vars.name'],
  [/^illegal tag: \{%-?\s*(\w{1,40})/, 'this $1 is incomplete'],
  [/^illegal tag syntax, tag name expected/, 'the name of a tag is missing'],
  [/^(?:expected variable name|invalid capture name)/, 'the name of a variable is missing'],
  [/^expected "="/, 'an = is missing'],
  [/^invalid range syntax/, 'a range is written as (1..5)'],
  [/^\[ not closed/, 'a [ is not closed'],
  [/^memory alloc limit/, TOO_MUCH_TEXT],
  [/^parse length limit/, 'the template is too long'],
]

/** Where an error was thrown. */
export interface ErrorContext {
  /** What the author wrote. */
  source: string
  translation: Translation
  /** Names of the filters that there are. */
  filters: readonly string[]
}

/** Says in our words what went wrong and where. */
export function describeError(error: unknown, { source, translation, filters }: ErrorContext): TemplateError {
  const message = error instanceof Error ? error.message : ''
  const cause = LiquidError.is(error) ? error.originalError : error
  if (cause instanceof TemplateError) return cause
  if (error instanceof TimeUp || message.startsWith('template render limit')) return tooSlow()
  const offset = offsetOf(error, translation.text)
  const place = offset === undefined ? '' : `${placeOf(source, translation.originalOffset(offset))}: `
  return new TemplateError(place + (cause instanceof RefusedPart ? cause.message : reason(message, filters)))
}

const UNKNOWN_FILTER = /^undefined filter: (\w{1,40})/

function reason(message: string, filters: readonly string[]): string {
  const [, filter] = UNKNOWN_FILTER.exec(message) ?? []
  if (filter !== undefined) {
    const nearest = nearestName(filter, filters)
    return `there is no filter "${filter}"${nearest === undefined ? '' : `; did you mean ${nearest}?`}`
  }
  for (const [pattern, words] of REASONS) {
    const found = pattern.exec(message)
    if (found) return words.replace('$1', found[1] ?? '')
  }
  return 'this is not valid Liquid'
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
