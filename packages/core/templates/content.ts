import { type PushTemplate, referenceText, type TemplateReference } from '@carillon/contract'
import type { EditionText } from '@carillon/store'
import { type ReadEdition, textFor } from './editions.ts'

/** What a reference stands for, to one pusher: a text, and what it renders with. */
interface StoredContent {
  text: EditionText
  template: PushTemplate
}

interface ReferringPush {
  app: number
  sender: string
  /** A reference. */
  raw: string
  /** The locale of the pusher. */
  locale: string
}

/** Reads what references stand for, or says why one stands for nothing. */
export type ReadContent = (push: ReferringPush) => Promise<StoredContent | { invalid: string }>

export function contentReader(readEdition: ReadEdition): ReadContent {
  const parsed = lastParsed()
  return async ({ app, sender, raw, locale: own }) => {
    const { template: name, at, vars, locale = own } = parsed(raw)
    const edition = await readEdition({ app, sender, name, at })
    const text = edition && textFor(edition, locale)
    if (!text) return { invalid: `the template ${name} has no text for the locale ${locale || 'of the pusher'}` }
    return { text, template: { vars, app: edition.app, partials: text.partials } }
  }
}

/** The recipients of a broadcast share one reference. */
function lastParsed(): (raw: string) => TemplateReference {
  let last: { raw: string; reference: TemplateReference } | undefined
  return (raw) => {
    if (last?.raw !== raw) last = { raw, reference: JSON.parse(referenceText(raw)) as TemplateReference }
    return last.reference
  }
}
