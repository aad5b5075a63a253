import { identifier, nullIsAbsent, PARTIAL, type Pusher, pusherBody, type TemplateVersion } from '@carillon/contract'
import * as z from 'zod'
import type { ApiDeps } from '../deps.ts'
import { noPusher } from './schemas.ts'

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

const madeUp = pusherBody.extend({ id: identifier.optional() })

/** Whom a preview is for. In a form, an object is JSON text. */
export const previewPusher = nullIsAbsent(
  z.preprocess(
    (value) => (typeof value === 'string' && value.startsWith('{') ? objectIn(value) : value),
    z.union([identifier, madeUp], 'must be the id of a pusher, or an object with the fields of one'),
  ),
).meta({ description: 'Id of a pusher, or an object with the fields of one. Default: a pusher without any.' })

/** @throws CarillonError `pusher_not_found` */
export async function previewPusherOf(
  { pushers }: Pick<ApiDeps, 'pushers'>,
  app: number,
  given: z.output<typeof previewPusher>,
): Promise<Pusher> {
  if (typeof given === 'string') return (await pushers.getMany(app, [given]))[0] ?? noPusher(given)
  const chosen = Object.entries(given ?? {}).filter(([, value]) => value !== undefined)
  return { ...NOBODY, ...(Object.fromEntries(chosen) as Partial<Pusher>) }
}

const NOBODY: Pusher = {
  id: 'preview',
  email: '',
  nickname: '',
  phoneNumber: '',
  senders: [],
  tags: [],
  createdAt: 0,
  timezone: '',
  locale: '',
  attributes: {},
}

function objectIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // its schema refuses it
  }
}
