import { describeIssues, isReference, type PusherStore, type PushRecord, type SenderFacts } from '@carillon/contract'
import { parseData } from './data.ts'
import { exampleLinks } from './send/links.ts'
import { textOf } from './send/text.ts'
import { contentReader } from './templates/content.ts'
import type { ReadEdition } from './templates/editions.ts'

export interface PreviewDeps {
  pushers: Pick<PusherStore, 'getMany'>
  /** Those that this process knows, by name. */
  senders: ReadonlyMap<string, Pick<SenderFacts, 'data' | 'templateData' | 'preview'>>
  readEdition: ReadEdition
  /** `PUBLIC_URL`, for the links in messages. */
  publicUrl?: string | undefined
}

/** What a pusher reads of a push, or why that cannot be shown. */
export type Preview = { parts: PreviewPart[] } | { failure: string }

export interface PreviewPart {
  name: string
  text: string
  /** The text is JSON that the sender did not give as text. */
  isJson: boolean
}

/** Types of values that are left out. */
const NO_JSON: ReadonlySet<string> = new Set(['undefined', 'function', 'symbol'])

/** Renders the data of a push for its pusher as the pusher is stored now. Null: its sender is not known here, or shows no previews. */
export function previewWith({ pushers, senders, readEdition, publicUrl }: PreviewDeps) {
  const readContent = contentReader(readEdition)
  return async (
    app: number,
    { sender, pusher: id }: Pick<PushRecord, 'sender' | 'pusher'>,
    raw: string,
  ): Promise<Preview | null> => {
    const facts = senders.get(sender)
    if (!facts?.preview) return null
    const [pusher] = await pushers.getMany(app, [id])
    if (!pusher) return { failure: 'the pusher was removed' }
    try {
      const stored = isReference(raw) ? await readContent({ app, sender, raw, locale: pusher.locale }) : undefined
      if (stored && 'invalid' in stored) return { failure: stored.invalid }
      const schema = stored ? facts.templateData?.(new Set(stored.template.partials.keys())) : facts.data
      const data = parseData(stored?.text.data ?? raw)
      const read = schema ? await schema['~standard'].validate(data) : { value: data }
      if (read.issues) return { failure: `its data is invalid: ${describeIssues(read.issues)}` }
      const rendered = { pusher, data: read.value, template: stored?.template, links: exampleLinks(publicUrl) }
      return { parts: previewParts(facts.preview(rendered)) }
    } catch (error) {
      return { failure: textOf(error instanceof Error ? error.message : error) }
    }
  }
}

/** What a sender shows, part by part. */
export function previewParts(shown: object): PreviewPart[] {
  const given = Object.entries(shown).filter(([, value]) => !NO_JSON.has(typeof value))
  return given.map(([name, value]: [string, unknown]) =>
    typeof value === 'string'
      ? { name, text: value, isJson: false }
      : { name, text: JSON.stringify(value, null, 2), isJson: true },
  )
}
