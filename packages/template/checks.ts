import {
  Liquid,
  type RangeToken,
  type Template,
  Tokenizer,
  TypeGuards,
  type ValueToken,
  type Variables,
} from 'liquidjs'
import { nearestName, type Pusher } from '@carillon/contract'
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
] as const satisfies (keyof Pusher)[]

type NamePlace = Variables[string][number]

/**
 * Refuses names that no rendering could fill: all but `pusher`, its fields, and what the template itself makes by a loop,
 * `assign`, `capture` and their like.
 * @param text that the templates were parsed from
 * @throws RefusedPart
 */
export function refuseUnknownNames(liquid: Liquid, templates: Template[], text: string): void {
  const { globals, locals } = liquid.analyzeSync(templates, { partials: false })
  for (const place of Object.values(globals).flat()) {
    const [name, field] = place.segments
    if (name === 'pusher') refuseUnknownField(field, place, text)
    // What is assigned further down may be asked for in the next round of a loop
    else if (typeof name !== 'string' || !Object.hasOwn(locals, name))
      throw new RefusedPart(`there is no name${shown(name)}; ${suggested(String(name))}`, offsetOf(place, text))
  }
}

/** A computed field, `pusher[name]`, is only known when it is rendered. */
function refuseUnknownField(field: NamePlace['segments'][number] | undefined, place: NamePlace, text: string): void {
  if (typeof field !== 'string' || PUSHER_FIELDS.some((known) => known === field)) return
  throw new RefusedPart(`there is no field${shown(field)} of a pusher; ${suggested(field)}`, offsetOf(place, text))
}

function suggested(name: string): string {
  const nearest = nearestName(name, ['pusher', ...PUSHER_FIELDS])
  if (nearest === undefined) return `there are ${PUSHER_FIELDS.map((field) => `pusher.${field}`).join(', ')}`
  return `did you mean ${nearest === 'pusher' ? nearest : `pusher.${nearest}`}?`
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
