import { nearestName, type Pusher } from '@carillon/contract'
import type { Liquid, Template, Variables } from 'liquidjs'
import { RefusedPart } from './template-error.ts'

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

type Place = Variables[string][number]

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

/** A field may be computed, `pusher[name]`; then nobody knows it before. */
function refuseUnknownField(field: Place['segments'][number] | undefined, place: Place, text: string): void {
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

/** liquidjs tells line and column, both from 1. */
function offsetOf({ location: { row, col } }: Place, text: string): number {
  const lines = text.split('\n', row - 1)
  return lines.reduce((sum, line) => sum + line.length + 1, 0) + col - 1
}
