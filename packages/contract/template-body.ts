import * as z from 'zod'
import { categoryName } from './audience.ts'
import {
  flag,
  identifier,
  localeTag,
  pushData,
  pusherBody,
  senderName,
  templateName,
  templateVars,
} from './commands.ts'
import { emptyIsAbsent, nullIsAbsent } from './validation.ts'

/** Characters. */
const LONGEST_TEMPLATE = 200_000

/** A language tag in its canonical form; empty is absent. */
export const templateLocale = emptyIsAbsent(localeTag.transform((tag) => new Intl.Locale(tag).toString()))

const templateFields = {
  sender: senderName.meta({
    description: 'The sender that it is for; `partial` for a text that other templates render.',
  }),
  locale: templateLocale.meta({
    description: 'Language tag. Absent: for all locales that have no template of their own.',
  }),
  data: pushData
    .refine((text) => text.length <= LONGEST_TEMPLATE, `must be at most ${LONGEST_TEMPLATE} characters`)
    .meta({
      description: 'What the sender takes as the data of a push; of a partial, a text. Its texts are Liquid.',
      type: ['string', 'object', 'array'],
    }),
  strict: flag.default(false).meta({ description: 'Refuse pushes without every name of `vars` that it mentions.' }),
  category: nullIsAbsent(categoryName).meta({ description: 'The category of pushes with it that name none.' }),
}

/** Store a template: PUT /v1/templates/{name}. */
export const templateBody = z.object(templateFields)

/** Which text of a template is meant: its name, its sender and its locale. */
export const templatePlace = z.object({
  name: templateName,
  sender: templateFields.sender,
  locale: templateFields.locale,
})

const madeUp = pusherBody.extend({ id: identifier.optional() })

/** Whom a preview is for. In a form, an object is JSON text. */
export const previewPusher = nullIsAbsent(
  z.preprocess(
    (value) => (typeof value === 'string' && value.startsWith('{') ? objectIn(value) : value),
    z.union([identifier, madeUp], 'must be the id of a pusher, or an object with the fields of one'),
  ),
).meta({ description: 'Id of a pusher, or an object with the fields of one. Default: a pusher without any.' })

/** What a template shows as `vars`. In a form, JSON text. */
export const previewVars = nullIsAbsent(templateVars).meta({
  description: 'What the template shows as {{ vars.name }}.',
})

function objectIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // its schema refuses it
  }
}
