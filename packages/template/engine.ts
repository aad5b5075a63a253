import { type Context, type Emitter, filters, Liquid, type Template, toValue } from 'liquidjs'
import { PartialTag } from './partial-tag.ts'

/** They read files. */
const FILE_TAGS = ['include', 'layout', 'block']

/** They parse templates of their own while rendering, past every check of the source. */
const EVALUATING_FILTERS = ['where_exp', 'reject_exp', 'group_by_exp', 'has_exp', 'find_exp', 'find_index_exp']

type Filter = Liquid['filters'][string]
type FilterHandler = Extract<Filter, (...values: never[]) => unknown>

/**
 * What a rendered text is read as. Values are escaped for it, so that they say what they are and change nothing else.
 * Undefined: plain text.
 */
export type Markup = 'html' | 'mrkdwn' | 'markdownV2'

const escapes: Record<Markup, FilterHandler> = {
  html: filters['escape'] as FilterHandler,
  /** Slack's: https://docs.slack.dev/messaging/formatting-message-text#escaping */
  mrkdwn: (value: unknown) => textOf(value).replaceAll(/[&<>]/g, (sign) => MRKDWN_ENTITIES[sign]!),
  /** Telegram's: https://core.telegram.org/bots/api#markdownv2-style */
  markdownV2: (value: unknown) => textOf(value).replaceAll(/[_*[\]()~`>#+\-=|{}.!\\]/g, String.raw`\$&`),
}

const MRKDWN_ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** A Liquid that reaches nothing but the values it is given, and charges all it makes to the memory limit. */
export function createEngine(limits: TemplateLimits, markup: Markup | undefined): Liquid {
  const liquid = new Liquid({
    templates: {}, // instead of the file system
    strictFilters: true,
    ownPropertyOnly: true,
    ...(markup && { outputEscape: chargeLists(escapes[markup]) }),
    timezoneOffset: 0, // dates are the same wherever the worker runs
    locale: 'en-US',
    parseLimit: limits.sourceLength,
    renderLimit: limits.time,
    memoryLimit: limits.memory,
  })
  for (const name of FILE_TAGS) delete liquid.tags[name]
  liquid.registerTag('render', PartialTag) // instead of the one that reads files
  for (const name of EVALUATING_FILTERS) liquid.unregisterFilter(name)
  for (const [name, filter] of Object.entries(liquid.filters)) liquid.registerFilter(name, withChargedLists(filter))
  chargeOutput(liquid)
  return liquid
}

function withChargedLists(filter: Filter): Filter {
  if (typeof filter === 'function') return chargeLists(filter)
  return { ...filter, handler: chargeLists(filter.handler) }
}

/** Filters join a list into one text before they charge it; a list may hold one long text many times. */
function chargeLists(handler: FilterHandler): FilterHandler {
  return function charged(value: unknown, ...values: unknown[]): unknown {
    charge(this.context, value)
    for (const argument of values) charge(this.context, argument)
    return handler.call(this, value, ...values)
  }
}

function charge(context: Context, value: unknown): void {
  if (!Array.isArray(value)) return
  for (const item of value) {
    context.memoryLimit.use(typeof item === 'string' ? item.length + 1 : 1)
    charge(context, item)
  }
}

/** liquidjs charges what filters make, but not what is written. */
function chargeOutput(liquid: Liquid): void {
  const { renderer } = liquid
  const render = renderer.renderTemplates.bind(renderer)
  renderer.renderTemplates = (
    templates: Template[],
    context: Context,
    emitter: Emitter = new ChargedEmitter(context),
  ) => render(templates, context, emitter)
}

class ChargedEmitter implements Emitter {
  buffer = ''
  readonly #context: Context
  constructor(context: Context) {
    this.#context = context
  }

  write(output: unknown): void {
    const value: unknown = toValue(output)
    if (Array.isArray(value)) return value.forEach((item) => this.write(item))
    const text = textOf(value)
    this.#context.memoryLimit.use(text.length)
    this.buffer += text
  }
}

function textOf(output: unknown): string {
  const value: unknown = toValue(output)
  // oxlint-disable-next-line typescript/no-base-to-string -- liquidjs shows objects like this too
  return value === null || value === undefined ? '' : String(value)
}

/** What one template may cost. */
export interface TemplateLimits {
  /** Characters of a source that holds `{{` or `{%`, its Go names already replaced by Liquid. */
  sourceLength: number
  /** Characters and list items that one rendering may write or make, its result included. */
  memory: number
  /** Milliseconds for parsing, and again for each rendering. */
  time: number
}

export const DEFAULT_LIMITS: TemplateLimits = { sourceLength: 500_000, memory: 1_000_000, time: 500 }
