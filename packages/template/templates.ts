import type { Template } from 'liquidjs'
import { LRUCache } from 'lru-cache'
import type { KnownNames, TemplateUses } from './checks.ts'
import { type CompiledTemplate, createCompiler, type RenderTemplate } from './compiler.ts'
import { createEngine, DEFAULT_LIMITS, type Markup, type TemplateLimits } from './engine.ts'
import { TemplateError } from './template-error.ts'
import { createWatchdog } from './watchdog.ts'

export interface TemplateOptions {
  /** Escapes every value for it, unless the value's last filter is `raw`; absent: a plain text. */
  markup?: Markup | undefined
}

export interface CheckOptions extends TemplateOptions {
  /** Accepts unknown names, which render as nothing: for sources that were accepted before such names were refused. */
  anyName?: boolean
  /** Names that the source may use besides `pusher`; default: none. */
  known?: KnownNames | undefined
}

/** Liquid templates over a pusher, `{{ pusher.nickname }}`, which may also use Go's `{{.NickName}}`. */
export interface Templates {
  /** What is wrong with a source and where, as one sentence; null when nothing is. */
  check(source: string, options?: CheckOptions): string | null
  /**
   * A source without `{{` and `{%` renders as it is.
   * @throws TemplateError for a broken source
   */
  compile(source: string, options?: TemplateOptions): RenderTemplate
  /** What a source asks for, that of a partial or of a text of a stored template; nothing, if it is broken. */
  uses(source: string): TemplateUses
}

/** Characters of sources whose parsed templates are kept, each with `ENTRY_SIZE` more. */
const CACHE_SIZE = 1_000_000
/** What a parsed template takes beside its source. */
const ENTRY_SIZE = 1000

const NOTHING_KNOWN: KnownNames = {}

/** Templates with a cache and limits of their own. */
export function createTemplates(limits: Partial<TemplateLimits> = {}): Templates {
  const all = { ...DEFAULT_LIMITS, ...limits }
  const watch = createWatchdog(all.time)
  const compilers = new Map<Markup | undefined, ReturnType<typeof createCompiler>>()
  const cache = new LRUCache<string, CompiledTemplate>({
    maxSize: CACHE_SIZE,
    sizeCalculation: (_, key) => key.length + ENTRY_SIZE,
  })

  function compilerFor(markup: Markup | undefined): (source: string) => CompiledTemplate {
    const partial = (source: string): Template[] => compiled(source, markup).parts
    const compile = compilers.get(markup) ?? createCompiler(createEngine(all, markup), watch, partial)
    compilers.set(markup, compile)
    return compile
  }

  function compiled(source: string, markup: Markup | undefined): CompiledTemplate {
    const key = `${markup ?? 'text'} ${source}`
    const known = cache.get(key)
    if (known) return known
    const template = compilerFor(markup)(source)
    cache.set(key, template)
    return template
  }

  return {
    compile: (source, { markup } = {}) => (isPlain(source) ? () => source : compiled(source, markup).render),
    check: (source, { anyName = false, markup, known = NOTHING_KNOWN } = {}) =>
      complaint(() => {
        if (isPlain(source)) return
        const template = compiled(source, markup)
        if (!anyName) template.checkNames(known)
      }),
    uses(source) {
      const isBroken = isPlain(source) || complaint(() => compiled(source, undefined)) !== null
      return isBroken ? { vars: [], partials: [] } : compiled(source, undefined).uses()
    },
  }
}

function isPlain(source: string): boolean {
  return !/\{[{%]/.test(source)
}

function complaint(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof TemplateError) return error.message
    throw error
  }
}

/** Whether a rendered text has any visible character. */
export function saysSomething(text: string): boolean {
  return /[^\s\p{Cf}\p{Cc}]/u.test(text)
}
