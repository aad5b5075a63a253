import {
  type Arguments,
  type Context,
  type Emitter,
  evalQuotedToken,
  Hash,
  type Liquid,
  Tag,
  type TagToken,
  type Template,
  type TopLevelToken,
  TypeGuards,
} from 'liquidjs'
import { RefusedPart } from './template-error.ts'

/** Partials that render partials: no template needs more levels, and a circle has no end. */
const DEEPEST = 10

/** Where the tag finds the partials of a rendering: a key of liquidjs' globals, which no template can name. */
export const PARTIALS = Symbol('partials')

export interface Partials {
  /** @throws TemplateError, for one that is broken */
  find(name: string): Template[] | undefined
  /** Partials that are being rendered within each other. */
  depth: number
}

/**
 * `{% render 'footer', year: 2026 %}`: shows a stored partial, which sees its own values, `pusher`, `vars` and `app`. The name
 * is a text in quotes, so that it is known before anything is rendered.
 */
export class PartialTag extends Tag {
  readonly partial: string
  readonly values: Hash

  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid) {
    super(token, remaining, liquid)
    const name = this.tokenizer.readValue()
    if (!TypeGuards.isQuotedToken(name))
      throw new RefusedPart("a partial needs a name in quotes, such as {% render 'footer' %}", token.begin)
    this.partial = evalQuotedToken(name)
    this.values = new Hash(this.tokenizer)
  }

  *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    const partials = (context.globals as { [PARTIALS]?: Partials })[PARTIALS]
    const templates = partials?.find(this.partial)
    if (!partials || !templates) throw new RefusedPart(`there is no partial ${shown(this.partial)}`, this.token.begin)
    if (partials.depth >= DEEPEST) throw new RefusedPart('partials render each other too deeply', this.token.begin)
    const child = context.spawn()
    Object.assign(child.bottom(), yield this.values.render(context))
    partials.depth++
    yield this.liquid.renderer.renderTemplates(templates, child, emitter)
    partials.depth--
  }

  /** What it takes from the template around it, for the check of names. */
  *arguments(): Arguments {
    for (const value of Object.values(this.values.hash)) if (TypeGuards.isValueToken(value)) yield value
  }
}

/** Only what can be a name is repeated. */
export function shown(name: string): string {
  return /^[\w.-]{1,64}$/.test(name) ? `"${name}"` : 'of that name'
}
