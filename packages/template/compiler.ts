import type { Pusher } from '@carillon/contract'
import type { Liquid, Template } from 'liquidjs'
import { type Translation, translateGoNames } from './go-names.ts'
import { refuseUnknownNames, refuseUnsafeParts } from './checks.ts'
import { describeError } from './template-error.ts'
import type { Watchdog } from './watchdog.ts'

/** @throws TemplateError when it costs too much, or a filter cannot take its value */
export type RenderTemplate = (pusher: Pusher) => string

/** Outputs of one value, and conditions on one: their time depends only on their length, so that it need not be limited. */
const SIMPLE_PART =
  /\{\{-?\s*[\w.]+\s*-?\}\}|\{%-?\s*(?:(?:els)?if\s+[\w.]+(?:\s*[!=]=\s*(?:"[^"]*"|\d+))?|else|endif)\s*-?%\}/g

/** Characters; above, the time liquidjs takes to parse grows with the square of the number of outputs. */
const SHORT = 20_000

/** A source that was parsed. */
export interface CompiledTemplate {
  render: RenderTemplate
  /** @throws TemplateError for a name that no rendering could fill */
  checkNames(): void
}

/** @returns a function that parses a source, and throws TemplateError when it is broken */
export function createCompiler(liquid: Liquid, watch: Watchdog): (source: string) => CompiledTemplate {
  return (source) => {
    const { text, originalOffset } = explaining(source, unmoved, () => translateGoNames(source))
    const run = isSimple(text) ? runUnwatched : watch
    const templates = explaining(source, originalOffset, () => run(() => parse(liquid, text)))
    return {
      render: (pusher) =>
        explaining(source, originalOffset, () => run(() => liquid.renderSync(templates, { pusher }) as string)),
      checkNames: once(() =>
        explaining(source, originalOffset, () => run(() => refuseUnknownNames(liquid, templates, text))),
      ),
    }
  }
}

function parse(liquid: Liquid, text: string): Template[] {
  const templates = liquid.parse(text)
  refuseUnsafeParts(templates)
  return templates
}

function isSimple(text: string): boolean {
  return text.length <= SHORT && !/\{[{%]/.test(text.replace(SIMPLE_PART, ' '))
}

/** Does the work until it has succeeded once: templates are kept, and checked with each push. */
function once(work: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) work()
    isDone = true
  }
}

const runUnwatched: Watchdog = (work) => work()
const unmoved: Translation['originalOffset'] = (offset) => offset

function explaining<T>(source: string, originalOffset: Translation['originalOffset'], work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw describeError(error, source, originalOffset)
  }
}
