import { PARTIAL, type TemplateVersion } from '@carillon/contract'
import * as z from 'zod'

const fields = {
  name: z.string(),
  sender: z.string(),
  locale: z.string().meta({ description: 'Empty: for all locales that have no template of their own.' }),
  version: z.number().int(),
  strict: z.boolean(),
  category: z.string().nullable(),
  createdAt: z.number().meta({ description: 'When the version was stored, in Unix seconds.' }),
}

const example = {
  name: 'welcome',
  sender: 'sendmail',
  locale: '',
  version: 1,
  strict: false,
  category: null,
  createdAt: 1_456_403_493.12,
}

/** A template without its data. */
export const templateShape = z.object(fields).meta({ id: 'Template', examples: [example] })

export const templateVersionShape = z
  .object({ ...fields, data: z.unknown().meta({ description: 'Null: removed with this version.' }) })
  .meta({
    id: 'TemplateVersion',
    examples: [{ ...example, data: { subject: 'Hello {{ pusher.nickname }}', text: 'Welcome to {{ vars.shop }}!' } }],
  })

/** Data as it was given: JSON as what it says, and any other text as it is. */
export function withParsedData({ data, ...template }: TemplateVersion): object {
  return { ...template, data: template.sender === PARTIAL || data === null ? data : parsed(data) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
