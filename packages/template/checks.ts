import {
  Liquid,
  type RangeToken,
  type Template,
  Tokenizer,
  TypeGuards,
  type ValueToken,
  type Variables,
} from 'liquidjs'
import { nearestName, type Pusher, type PushTemplate } from '@carillon/contract'
import { PartialTag, shown as shownPartial } from './partial-tag.ts'
import { RefusedPart } from './template-error.ts'

const WIDEST = 1e9

/**
 * Refuses what liquidjs accepts and should not.
 * @throws RefusedPart
 */
export function refuseUnsafeParts(templates: Template[]): void {
  for (const part of partsOf(templates)) {
    refuseOpenRange(part)
    refuseStrayValue(part)
  }
}

/**
 * liquidjs counts from the lower bound to the upper one, and never arrives where adding 1 changes
 * nothing: 2^53, also as a text or a pusher's value. So only literal numbers are let in.
 */
function refuseOpenRange(part: object): void {
  if (!isRange(part) || (isSmall(part.lhs) && isSmall(part.rhs))) return
  throw new RefusedPart('a range needs two plain numbers, such as (1..5)', part.begin)
}

/** `{{ printf "%s" .NickName }}` would render its first word and say nothing. */
function refuseStrayValue(part: object): void {
  if (!('postfix' in part) || !Array.isArray(part.postfix)) return
  const operands: { begin: number }[] = []
  for (const token of part.postfix) {
    if (!TypeGuards.isOperatorToken(token)) operands.push(token)
    else if (token.operator !== 'not') operands.pop()
  }
  if (operands[1]) throw new RefusedPart('an operator or a | is missing here', operands[1].begin)
}

function isRange(part: object): part is RangeToken {
  return TypeGuards.isRangeToken(part)
}

function isSmall(bound: ValueToken): boolean {
  return TypeGuards.isNumberToken(bound) && Math.abs(bound.content) <= WIDEST
}

/** Visits every object below: values can occur in so many places that a list of them would not be complete. */
function* partsOf(root: object): Generator<object> {
  const seen = new Set<object>()
  const waiting = [root]
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    if (seen.has(part) || part instanceof Liquid || part instanceof Tokenizer) continue
    seen.add(part)
    yield part
    for (const value of Object.values(part)) if (typeof value === 'object' && value !== null) waiting.push(value)
  }
}

/** All that a template may ask of a pusher; what is below `attributes` is the application's own. */
const PUSHER_FIELDS = [
  'id',
  'email',
  'nickname',
  'phoneNumber',
  'senders',
  'tags',
  'createdAt',
  'timezone',
  'locale',
  'attributes',
  'quietHours',
] as const satisfies (keyof Pusher)[]

/** All that a stored template may ask of its app. */
const APP_FIELDS = ['id', 'name'] as const satisfies (keyof PushTemplate['app'])[]

/** Links that every template may show. */
const LINK_NAMES = ['unsubscribe_url', 'preferences_url'] as const
export type LinkName = (typeof LINK_NAMES)[number]

type NamePlace = Variables[string][number]

/** What a template may name besides `pusher`, the links, and what it makes itself. */
export interface KnownNames {
  /** Names of the partials that it may render, of a stored template, which may also name `vars` and `app`. */
  partials?: ReadonlySet<string> | undefined
  /** A partial: it may name what the template that renders it gives to it. */
  isPartial?: boolean | undefined
}

/**
 * Refuses names that no rendering could fill: all but the known ones, and what the template itself makes by a loop,
 * `assign`, `capture` and their like.
 * @param text that the templates were parsed from
 * @throws RefusedPart
 */
export function refuseUnknownNames(liquid: Liquid, templates: Template[], text: string, known: KnownNames): void {
  refuseUnknownPartials(templates, known)
  const { globals, locals } = liquid.analyzeSync(templates, { partials: false })
  for (const place of Object.values(globals).flat()) {
    const [name, field] = place.segments
    if (name === 'pusher') refuseUnknownField(PUSHER_FIELDS, field, place, text)
    else if (known.partials && name === 'app') refuseUnknownField(APP_FIELDS, field, place, text)
    // What is assigned further down may be asked for in the next round of a loop
    else if (!isKnown(name, known) && !Object.hasOwn(locals, String(name)))
      throw new RefusedPart(`there is no name${shown(name)}; ${suggested(String(name), known)}`, offsetOf(place, text))
  }
}

function isKnown(
  name: NamePlace['segments'][number] | undefined,
  { partials, isPartial = false }: KnownNames,
): boolean {
  return isPartial || isLinkName(name) || (partials !== undefined && name === 'vars')
}

function isLinkName(name: unknown): name is LinkName {
  return (LINK_NAMES as readonly unknown[]).includes(name)
}

function refuseUnknownPartials(templates: Template[], { partials }: KnownNames): void {
  for (const { partial, token } of partialTags(templates)) {
    if (!partials) throw new RefusedPart('only stored templates can render a partial', token.begin)
    if (partials.has(partial)) continue
    const nearest = nearestName(partial, [...partials])
    const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`
    throw new RefusedPart(`there is no partial ${shownPartial(partial)}${hint}`, token.begin)
  }
}

function partialTags(templates: Template[]): PartialTag[] {
  return [...partsOf(templates)].filter((part) => part instanceof PartialTag)
}

/** A computed field, `pusher[name]`, is only known when it is rendered. */
function refuseUnknownField(
  fields: readonly string[],
  field: NamePlace['segments'][number] | undefined,
  place: NamePlace,
  text: string,
): void {
  if (typeof field !== 'string' || fields.includes(field)) return
  const [of, hint] =
    fields === APP_FIELDS ? ['an app', 'there are app.id, app.name'] : ['a pusher', suggestedField(field)]
  throw new RefusedPart(`there is no field${shown(field)} of ${of}; ${hint}`, offsetOf(place, text))
}

/** What a stored template asks for. */
export interface TemplateUses {
  /** Names directly below `vars`. */
  vars: string[]
  /** Names of the partials that it renders. */
  partials: string[]
}

export function usesOf(liquid: Liquid, templates: Template[]): TemplateUses {
  const { globals } = liquid.analyzeSync(templates, { partials: false })
  const asked = Object.values(globals)
    .flat()
    .flatMap(({ segments: [root, name] }) => (root === 'vars' && typeof name === 'string' ? name : []))
  return { vars: [...new Set(asked)], partials: partialTags(templates).map(({ partial }) => partial) }
}

function suggested(name: string, { partials }: KnownNames): string {
  const link = nearestName(name, LINK_NAMES)
  if (link !== undefined) return `did you mean ${link}?`
  if (partials) return `did you mean ${/^\w{1,40}$/.test(name) ? `vars.${name}` : 'a name of vars'}?`
  return nearestName(name, ['pusher']) ? 'did you mean pusher?' : suggestedField(name)
}

function suggestedField(name: string): string {
  const nearest = nearestName(name, PUSHER_FIELDS)
  return nearest === undefined
    ? `there are ${PUSHER_FIELDS.map((field) => `pusher.${field}`).join(', ')}`
    : `did you mean pusher.${nearest}?`
}

/** Only a plain word is repeated. */
function shown(name: unknown): string {
  return /^\w{1,40}$/.test(String(name)) ? ` "${String(name)}"` : ''
}

/** liquidjs reports line and column, both from 1. */
function offsetOf({ location: { row, col } }: NamePlace, text: string): number {
  const lines = text.split('\n', row - 1)
  return lines.reduce((sum, line) => sum + line.length + 1, 0) + col - 1
}
