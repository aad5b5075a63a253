import { CarillonError } from './errors.ts'
import { nearestName } from './validation.ts'

/** What a stored template renders with, besides the pusher. */
export interface PushTemplate {
  /** What the caller gave. */
  vars: Readonly<Record<string, unknown>>
  app: { id: number; name: string }
  /** The sources that `{% render 'name' %}` shows, by name. */
  partials: ReadonlyMap<string, string>
}

/** A stored template, and what it renders with: what a push may have instead of data. */
export interface TemplateUse {
  template: string
  vars: Readonly<Record<string, unknown>>
  /** A BCP 47 tag; default: the pusher's. */
  locale?: string | undefined
}

/** What the row of a push or a broadcast holds instead of data. */
export interface TemplateReference extends TemplateUse {
  /** Id of the newest version that the template consisted of when the push was accepted. */
  at: string
}

/** Begins the data of a push that refers to a template. Callers may not send data that begins with it. */
const MARK = '\u0001'

/** The data of a push that refers to a template. */
export function referenceData({ template, at, vars, locale }: TemplateReference): string {
  return MARK + JSON.stringify({ template, at, vars, ...(locale && { locale }) })
}

/** Whether data refers to a template. */
export function isReference(data: string): boolean {
  return data.startsWith(MARK)
}

/** JSON, for data that refers to a template. */
export function referenceText(data: string): string {
  return data.slice(MARK.length)
}

/** The `sender` of partials: texts that other templates render. */
export const PARTIAL = 'partial'

/** A stored template: what one sender sends to pushers with one locale. */
export interface Template {
  name: string
  /** `partial`: a text that other templates render. */
  sender: string
  /** A BCP 47 tag; empty: for all locales that have no template of their own. */
  locale: string
  /** Counts the versions of all templates of the name, from 1. */
  version: number
  /** A push must give every name of `vars` that the template mentions. */
  strict: boolean
  category: string | null
  /** When this version was stored, in unix seconds. */
  createdAt: number
}

/** A version of a template; of a removed one, `data` is null. */
export interface TemplateVersion extends Template {
  data: string | null
}

/** Selects templates among those of one name; an absent field does not restrict them. */
export interface TemplateSelection {
  sender?: string | undefined
  locale?: string | undefined
}

/** The locales to look for, in order: the tag itself, its parents (RFC 4647, section 3.4), and the empty one. In lower case. */
export function localeChain(tag: string): string[] {
  const chain: string[] = []
  let rest = tag.toLowerCase()
  while (rest !== '') {
    chain.push(rest)
    rest = rest.replace(/(?:^|-)[^-]*$/, '').replace(/-[^-]$/, '')
  }
  return [...chain, '']
}

/**
 * Says that a template is not there, and what there is instead.
 * @param asked which of its texts was asked for
 * @param all templates of the app
 */
export function noTemplate(
  name: string,
  asked: TemplateSelection = {},
  all: readonly Pick<Template, 'name' | 'sender' | 'locale'>[] = [],
): CarillonError {
  const own = all.filter((template) => template.name === name)
  if (own.length > 0) {
    const sentence = `The template ${name} has no text ${describeSelection(asked)}; it has ${describeTexts(own)}.`
    return new CarillonError('template_not_found', sentence)
  }
  const names = [...new Set(all.map((template) => template.name))]
  const nearest = nearestName(name, names)
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`
  return new CarillonError('template_not_found', `There is no template ${name}.${hint}`)
}

export function noTemplateVersion(name: string, version: number): CarillonError {
  return new CarillonError('template_not_found', `The template ${name} has no version ${version}.`)
}

/** `for sendmail and the locale de`. */
function describeSelection({ sender, locale }: TemplateSelection): string {
  const ofLocale = locale === undefined ? [] : [locale === '' ? 'all other locales' : `the locale ${locale}`]
  return `for ${[...(sender === undefined ? [] : [sender]), ...ofLocale].join(' and ') || 'a sender'}`
}

/** `sendmail (default, zh) and sendsms (default)`. */
function describeTexts(texts: readonly Pick<Template, 'sender' | 'locale'>[]): string {
  const senders = [...new Set(texts.map(({ sender }) => sender))]
  const described = senders.map((sender) => {
    const locales = texts.filter((text) => text.sender === sender).map(({ locale }) => locale || 'default')
    return `${sender} (${locales.join(', ')})`
  })
  return described.join(' and ')
}
