import { localeChain } from '@carillon/contract'
import { ar } from './ar.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { it } from './it.ts'
import { ja } from './ja.ts'
import { ko } from './ko.ts'
import { nl } from './nl.ts'
import { pl } from './pl.ts'
import { pt } from './pt.ts'
import type { PageTexts } from './texts.ts'
import { zhHant } from './zh-hant.ts'
import { zh } from './zh.ts'

export type { PageTexts } from './texts.ts'

/** By the tag, in lower case, from which the locales below it fall back to them. */
export const languages: ReadonlyMap<string, PageTexts> = new Map([
  ['ar', ar],
  ['de', de],
  ['en', en],
  ['es', es],
  ['fr', fr],
  ['it', it],
  ['ja', ja],
  ['ko', ko],
  ['nl', nl],
  ['pl', pl],
  ['pt', pt],
  ['zh', zh],
  ['zh-hant', zhHant],
])

/** Characters of a header that are read. */
const LONGEST_HEADER = 500

/**
 * The texts for a pusher's locale; if it is empty or there are none, the texts that the browser prefers; else English.
 * @param accepted the header Accept-Language
 */
export function textsFor(locale: string, accepted = ''): PageTexts {
  const wanted = [locale, ...preferred(accepted.slice(0, LONGEST_HEADER))]
  return wanted.flatMap(chainOf).flatMap((tag) => languages.get(tag) ?? [])[0] ?? en
}

/** The tags of an Accept-Language, the most wanted first (RFC 9110, section 12.5.4). */
function preferred(header: string): string[] {
  return header
    .split(',')
    .map((range) => {
      const [tag = '', quality = ''] = range.split(';').map((part) => part.trim())
      return { tag, quality: Number(/^q=(.+)$/.exec(quality)?.[1] ?? 1) }
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag)
}

/** With the likely script, because `zh-TW` is written as `zh-Hant` is. */
function chainOf(tag: string): string[] {
  try {
    return localeChain(new Intl.Locale(tag).maximize().toString())
  } catch {
    return [] // empty, `*`, or no tag
  }
}
