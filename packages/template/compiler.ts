import type { Pusher, PushLinks, PushTemplate } from '@carillon/contract'
import type { Liquid, Template } from 'liquidjs'
import {
  type KnownNames,
  type LinkName,
  refuseUnknownNames,
  refuseUnsafeParts,
  type TemplateUses,
  usesOf,
} from './checks.ts'
import { translateGoNames } from './go-names.ts'
import { PARTIALS, type Partials } from './partial-tag.ts'
import { describeError, type ErrorContext, type Translation } from './template-error.ts'
import type { Watchdog } from './watchdog.ts'

/** What a template shows. */
export interface TemplateSubject {
  pusher: Pusher
  /** What a stored template renders with, besides the pusher. */
  template?: PushTemplate | undefined
  /** Absent: the names of links render as nothing. */
  links?: PushLinks | undefined
}

/** @throws TemplateError when it costs too much, or a filter cannot take its value */
export type RenderTemplate = (subject: TemplateSubject) => string

/** Outputs of one value, and conditions on one: their time depends only on their length, so that it need not be limited. */
const SIMPLE_PART =
  /\{\{-?\s*[\w.]+\s*-?\}\}|\{%-?\s*(?:(?:els)?if\s+[\w.]+(?:\s*[!=]=\s*(?:"[^"]*"|\d+))?|else|endif)\s*-?%\}/g

/** Characters; above, the time liquidjs takes to parse grows with the square of the number of outputs. */
const SHORT = 20_000

/** A source that was parsed. */
export interface CompiledTemplate {
  render: RenderTemplate
  /** @throws TemplateError for a name that no rendering could fill */
  checkNames(known: KnownNames): void
  uses(): TemplateUses
  parts: Template[]
}

/**
 * @param partial parses the source of a partial
 * @returns a function that parses a source, and throws TemplateError when it is broken
 */
export function createCompiler(
  liquid: Liquid,
  watch: Watchdog,
  partial: (source: string) => Template[],
): (source: string) => CompiledTemplate {
  const filters = Object.keys(liquid.filters)
  return (source) => {
    const translation = explaining({ source, translation: untranslated(source), filters }, () =>
      translateGoNames(source),
    )
    const run = isSimple(translation.text) ? runUnwatched : watch
    const explained = <T>(work: () => T) => explaining({ source, translation, filters }, () => run(work))
    const parts = explained(() => parse(liquid, translation.text))
    const passed = new WeakSet<KnownNames>()
    return {
      parts,
      // Globals, and no scope, since partials see nothing else
      render: (subject) =>
        explained(() => liquid.renderSync(parts, {}, { globals: globalsOf(subject, partial) }) as string),
      checkNames(known) {
        if (passed.has(known)) return // templates are kept, and checked with each push
        explained(() => refuseUnknownNames(liquid, parts, translation.text, known))
        passed.add(known)
      },
      uses: () => explained(() => usesOf(liquid, parts)),
    }
  }
}

/** What templates may name, and what `{% render %}` finds. */
function globalsOf({ pusher, template, links }: TemplateSubject, partial: (source: string) => Template[]): object {
  const globals = withLinks(pusher, links)
  if (!template) return globals
  const { vars, app, partials } = template
  const finder: Partials = {
    depth: 0,
    find(name) {
      const source = partials.get(name)
      return source === undefined ? undefined : partial(source)
    },
  }
  return Object.assign(globals, { vars, app, [PARTIALS]: finder })
}

/** Getters, because a link is signed when it is read, and few templates show one. */
function withLinks(pusher: Pusher, links: PushLinks | undefined): Record<LinkName, string> & { pusher: Pusher } {
  return {
    pusher,
    get unsubscribe_url() {
      return links?.unsubscribe ?? ''
    },
    get preferences_url() {
      return links?.preferences ?? ''
    },
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

const runUnwatched: Watchdog = (work) => work()

function untranslated(source: string): Translation {
  return { text: source, originalOffset: (offset) => offset }
}

function explaining<T>(context: ErrorContext, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw describeError(error, context)
  }
}
