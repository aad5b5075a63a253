import { localeChain } from '@carillon/contract'
import type { EditionText, TemplateEdition, TemplateRepository } from '@carillon/store'
import { LRUCache } from 'lru-cache'

/** Selects an edition. `at` is the id of a version; what came later is left out. */
interface EditionKey {
  app: number
  sender: string
  name: string
  at: string
}

/** Reads an edition. Undefined if there was no such template. */
export type ReadEdition = (key: EditionKey) => Promise<TemplateEdition | undefined>

/** Characters of the texts that are kept. */
const KEPT = 20_000_000
/** An edition never changes, but for the name of its app. */
const KEPT_MS = 60_000

/** Reads editions, and keeps them: the pushes of a broadcast have one in common. */
export function editionReader({ edition }: Pick<TemplateRepository, 'edition'>): ReadEdition {
  const cache = new LRUCache<string, TemplateEdition, EditionKey>({
    maxSize: KEPT,
    sizeCalculation: sizeOf,
    ttl: KEPT_MS,
    fetchMethod: async (_key, _stale, { context: { app, sender, name, at } }) =>
      (await edition(app, sender, name, at)) ?? undefined,
  })
  return (key) => cache.fetch(`${key.app} ${key.at} ${key.sender} ${key.name}`, { context: key })
}

/** A larger one is kept as well, alone. */
function sizeOf({ texts }: TemplateEdition): number {
  const all = new Set([...texts.values()].flatMap(({ data, partials }) => [data, ...partials.values()]))
  const size = [...all].reduce((sum, text) => sum + text.length, 1000)
  return Math.min(size, KEPT)
}

/** The text for a locale: exactly that, its nearest parent, or the one without a locale. */
export function textFor({ texts }: TemplateEdition, locale: string): EditionText | undefined {
  const found = localeChain(locale).find((wanted) => texts.has(wanted))
  return found === undefined ? undefined : texts.get(found)
}
