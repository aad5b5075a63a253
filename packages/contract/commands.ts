import type { PushCommand } from './pushes.ts'
import { categoryName, switches } from './audience.ts'
import { pusherQuietHours } from './quiet-hours.ts'
import { pusherTimeZone } from './time-zone.ts'
import { emptyIsAbsent, jsonExpected, line, nullIsAbsent } from './validation.ts'
import * as z from 'zod'

/*
 * What callers may ask for. Forms carry text only, JSON carries numbers too: every field takes
 * both. The messages follow the field's name in an error ("schedat must be …").
 */

/**
 * The escapes that JSON.stringify writes for NUL and for half a surrogate pair, neither of which jsonb
 * takes. The backslashes before one are counted: an even number makes it an escape, not a text that
 * shows one.
 */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

/** Ten years: beyond it a schedat is a mistake, such as milliseconds. */
const FURTHEST_SCHEDAT_S = 10 * 366 * 86_400

/** An id or a tag. */
export const identifier = z
  .string('must be text')
  .min(1, 'is required')
  .max(255, 'must be at most 255 characters')
  .refine((value) => !/\p{Cc}/u.test(value), 'must not contain control characters')
  .refine((value) => value.isWellFormed(), 'must be well-formed Unicode') // stored as UTF-8, it would become another id

/** Capitals count: `Chat` is another sender than `chat`. No colon: queues and keys are put together with it. */
export const senderName = z
  .string('must be text')
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -')
  .refine((value) => value !== 'pushers' && value !== 'search', 'must not be "pushers" or "search"') // routes of their own
  .refine(
    (value) => value !== '.' && value !== '..',
    'must not be "." or "..", which clients and proxies remove from a path',
  )

const NOT_WHOLE = 'must be a whole number'

/** Postgres stores no NUL in a text, and half a surrogate pair would be stored as something else. */
const text = storable(z.string('must be text'))

function storable(string: z.ZodString): z.ZodString {
  return string
    .refine((value) => !value.includes('\0'), 'must not contain a NUL character')
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode')
}

const shortText = text.max(1000, 'must be at most 1000 characters')

/** A number of JSON, or its digits. What JSON has rounded on its way (above 2^53) was another number. */
export const wholeNumber = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^-?\d{1,16}$/)
        .transform(Number),
    ],
    NOT_WHOLE,
  )
  .refine((value) => Number.isSafeInteger(value) && !Object.is(value, -0), { error: NOT_WHOLE, abort: true })

/** True or false, also as a form has it. */
export const flag = z.union(
  [z.boolean(), z.enum(['true', '1', 'false', '0', '']).transform((word) => word === 'true' || word === '1')],
  'must be true or false',
)

/** Writing JSON recurses: beyond some thousands of levels it throws. */
const DEEPEST_ATTRIBUTES = 100

const attributes = z.preprocess(
  parseJsonText,
  z
    .record(z.string(), z.unknown(), jsonExpected('must be a JSON object'))
    .refine((value) => isNestedAtMost(DEEPEST_ATTRIBUTES, value), { error: 'is nested too deeply', abort: true })
    .refine((value) => !UNSTORABLE.test(JSON.stringify(value)), 'must not contain a NUL character or broken Unicode'),
)

/** A BCP 47 tag. */
export const localeTag = shortText.refine(isLocale, {
  error: ({ input }) => `must be a language tag such as zh-CN${localeHint(input)}`,
})

/** An object, `off` or null, also as the JSON text of a form. */
export const quietHoursField = z
  .preprocess((value) => (value === '' ? undefined : parseJsonText(value)), pusherQuietHours.optional())
  .meta({
    description:
      'When the pusher is not disturbed: {"from": "22:00", "to": "07:00"}, optionally with "days". off: no quiet hours, even if the app has some. Null: those of the app. In a form, as JSON text.',
  })

const pusherFields = {
  email: nullIsAbsent(shortText),
  nickname: nullIsAbsent(shortText),
  phoneNumber: nullIsAbsent(shortText),
  createdAt: nullIsAbsent(wholeNumber.refine((seconds) => seconds >= 0 && seconds < 1e11, 'must be unix seconds')).meta(
    {
      description:
        'Unix seconds. If it is absent or 0, a new pusher gets the present time, and an existing one keeps its own.',
    },
  ),
  timezone: pusherTimeZone,
  locale: nullIsAbsent(localeTag).meta({
    description: 'Language tag, such as zh-CN.',
  }),
  attributes: nullIsAbsent(attributes).meta({
    description: 'Your own JSON object, for searches and templates. In a form, as text.',
  }),
  quietHours: quietHoursField,
}

/** Create or replace: POST /pusher/pushers/. The id is checked apart, for its own error. */
export const pusherBody = z.object(pusherFields)
export type PusherBody = z.infer<typeof pusherBody>

const MOST_DEFAULTS = 100

/** Create or replace: PUT /v1/categories/{name}. */
export const categoryBody = z
  .object({
    title: emptyIsAbsent(line(255)).meta({ description: 'What pushers read. Default: the name.' }),
    description: emptyIsAbsent(line(1000)).meta({ description: 'What it is about, for pushers.' }),
    required: flag.default(false).meta({ description: 'It cannot be switched off.' }),
    default: emptyIsAbsent(
      z.preprocess(
        parseJsonText,
        z
          .record(senderName, z.enum(switches, 'must be on or off'), jsonExpected('must be an object of senders'))
          .refine((value) => Object.keys(value).length <= MOST_DEFAULTS, `must name at most ${MOST_DEFAULTS} senders`),
      ),
    ).meta({
      description:
        'Whether it is on for pushers who chose nothing, by sender. A sender that is absent is on. In a form, as JSON text.',
    }),
  })
  .refine((category) => !(category.required && Object.values(category.default ?? {}).includes('off')), {
    path: ['default'],
    message: 'must not be off: a required category is always on',
  })

const schedat = nullIsAbsent(
  wholeNumber.refine(
    (seconds) => seconds <= Date.now() / 1000 + FURTHEST_SCHEDAT_S,
    'must be unix seconds, at most 10 years ahead',
  ),
).meta({ description: 'When to send, in Unix seconds. If it is absent, 0 or past, the push is sent at once.' })

/** Writing JSON recurses: beyond some thousands of levels it throws. */
const DEEPEST_DATA = 1000

const DATA_DESCRIPTION =
  'The message, in the format of its sender, often JSON. In a form, as text; in a JSON body, also as an object or a list.'

export const pushData = z
  .preprocess(
    (value) => dataText(value) ?? value,
    storable(z.string('must be text, or a JSON object or list, nested at most 1000 levels deep')).min(1, 'is required'),
  )
  .meta({ description: DATA_DESCRIPTION, type: ['string', 'object', 'array'] })

/**
 * Data as it is stored and named: an object or a list as its compact JSON text, so that it is the same push as that text.
 * Undefined for anything else than a text, an object or a list, and for what is nested too deeply.
 */
export function dataText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  const isJson = typeof value === 'object' && value !== null && isNestedAtMost(DEEPEST_DATA, value)
  return isJson ? JSON.stringify(value) : undefined
}

/** The name of a stored template, or a partial. */
export const templateName = z
  .string('must be text')
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -')
  .refine((value) => value !== '.' && value !== '..', 'must not be "." or ".."')

/** Characters, as JSON. */
const LONGEST_VARS = 100_000

export const templateVars = attributes.refine(
  (value) => JSON.stringify(value).length <= LONGEST_VARS,
  `must be at most ${LONGEST_VARS} characters of JSON`,
)

/** What a push says: its data, or a stored template with vars. */
const content = {
  data: nullIsAbsent(pushData).meta({ description: `${DATA_DESCRIPTION} Required, unless there is a template.` }),
  template: nullIsAbsent(templateName).meta({ description: 'Name of a stored template, instead of data.' }),
  vars: nullIsAbsent(templateVars).meta({
    description: 'A JSON object that the template shows as {{ vars.name }}. In a form, as text.',
  }),
}

/** Checks the content also if other fields are invalid, so that all is reported at once. */
function withContent<Shape extends z.core.$ZodLooseShape>(body: z.ZodObject<Shape>): z.ZodObject<Shape> {
  const when = ({ value }: { value: unknown }) => typeof value === 'object' && value !== null
  const has = (value: object, name: keyof typeof content) => ![undefined, null, ''].includes(Reflect.get(value, name))
  return body
    .refine((value) => has(value, 'data') || has(value, 'template'), {
      path: ['data'],
      message: 'is required, unless there is a template',
      when,
    })
    .refine((value) => !(has(value, 'data') && has(value, 'template')), {
      path: ['template'],
      message: 'cannot be given together with data',
      when,
    })
    .refine((value) => !has(value, 'vars') || has(value, 'template'), {
      path: ['vars'],
      message: 'needs a template',
      when,
    })
}

/** The content of a command. */
export function contentOf({
  data = '',
  template,
  vars = {},
}: {
  data?: string | undefined
  template?: string | undefined
  vars?: Record<string, unknown> | undefined
}): Pick<PushCommand, 'data' | 'template'> {
  return template === undefined ? { data } : { data: '', template: { template, vars } }
}

const category = nullIsAbsent(categoryName).meta({
  description:
    "Name of a category. Default: the template's. A pusher who has switched it off gets nothing; such a push ends as skipped.",
})

const urgent = flag.default(false).meta({
  description:
    'Send it in quiet hours too. Otherwise a push in the quiet hours of its pusher is deferred to their end.',
})

const pushFields = z.object({
  pusher: identifier,
  ...content,
  schedat,
  force: flag.default(false).meta({ description: 'Push even if the pusher does not have the sender.' }),
  priority: nullIsAbsent(z.enum(['high', 'normal', 'low'], 'must be high, normal or low')),
  ttl: nullIsAbsent(
    wholeNumber.refine((seconds) => seconds > 0 && seconds <= FURTHEST_SCHEDAT_S, 'must be seconds, above 0'),
  ).meta({ description: 'Seconds after which Carillon gives up an unfinished push.' }),
  category,
  urgent,
})

/** POST /pusher/{sender}/push. */
export const pushBody = withContent(pushFields)
export type PushBody = z.infer<typeof pushBody>

/** POST /pusher/{sender}/pushall. */
export const pushAllBody = withContent(
  z.object({
    ...content,
    tag: nullIsAbsent(identifier).meta({ description: 'Only pushers that have this tag.' }),
    schedat,
    category,
    urgent,
  }),
)
export type PushAllBody = z.infer<typeof pushAllBody>

/** POST /pusher/{sender}/cancelpush. */
export const cancelBody = z.object({
  name: text
    .min(1, 'is required')
    .meta({ description: 'Name of the push or the broadcast, from the answer that accepted it.' }),
})

/** POST /v1/push: each item is judged on its own, so only their number is checked here. */
export const manyPushesBody = z.object({
  pushes: z
    .array(z.unknown(), 'must be a list')
    .min(1, 'must hold at least one push')
    .max(1000, 'must hold at most 1000 pushes'),
})
export const manyPushesItem = withContent(pushFields.extend({ sender: senderName }))

/** Parses a text that may be JSON inside of a form or of JSON; anything else stays as it is. */
export function parseJsonText(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value // the schema refuses it with its own words
  }
}

function isNestedAtMost(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isNestedAtMost(levels - 1, inner))
}

/** Whether this Node knows a time zone by this name. */
/** BCP 47. `Intl` also takes words such as `german`: languages of five letters and more are reserved, and none is registered. */
function isLocale(tag: string): boolean {
  try {
    return new Intl.Locale(tag).language.length <= 3
  } catch {
    return false
  }
}

/** Systems write `en_US`, and `en_US.UTF-8`. */
function localeHint(given: unknown): string {
  const tag = String(given)
    .replace(/[.@].*$/s, '')
    .replaceAll('_', '-')
  return tag !== given && isLocale(tag) ? `; did you mean ${tag}?` : ''
}
