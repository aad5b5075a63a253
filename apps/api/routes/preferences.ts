import {
  categoryName,
  jsonExpected,
  nullIsAbsent,
  parseJsonText,
  pusherQuietHours,
  pusherTimeZone,
  quietHoursField,
  senderName,
  switches,
} from '@carillon/contract'
import { changePreferences } from '@carillon/core'
import * as z from 'zod'
import type { ApiDeps } from '../deps.ts'
import { endpoint } from '../endpoint.ts'
import { categoryShape } from './categories.ts'
import { noPusher, pusherId, refuseMisspelt } from './schemas.ts'

const MOST_CHANGES = 100

/** Strict, because a choice whose category is misspelt would be one for all categories. */
const change = z
  .strictObject({
    category: nullIsAbsent(categoryName).transform((name) => name ?? null),
    sender: nullIsAbsent(senderName).transform((name) => name ?? null),
    value: z.enum([...switches, 'default'], 'must be on, off or default'),
  })
  .refine(({ category, sender }) => category !== null || sender !== null, 'must name a category, a sender or both')

const preferenceFields = z
  .object({
    choices: z
      .preprocess(
        parseJsonText,
        z
          .array(change, jsonExpected('must be a list'))
          .min(1, 'must have at least one entry')
          .max(MOST_CHANGES, `must have at most ${MOST_CHANGES} entries`)
          .optional(),
      )
      .meta({
        description:
          'Each has `value` (on, off or default), and a `category`, a `sender` or both. `default` removes a choice. In a form, as JSON text.',
      }),
    quietHours: quietHoursField,
    timezone: z
      .preprocess((value) => (value === '' ? null : value), pusherTimeZone)
      .meta({
        description:
          'IANA name, such as Asia/Shanghai. Null or empty: unknown, so that of the app holds for quiet hours.',
      }),
  })
  .refine((fields) => Object.values(fields).some((field) => field !== undefined), {
    path: ['choices'],
    message: 'is required',
  })

const example = {
  choices: [
    { category: 'news', value: 'off' },
    { category: 'news', sender: 'sendmail', value: 'on' },
  ],
}

const preferencesAnswer = z.object({
  choices: z
    .array(
      z.object({
        category: z.string().nullable().meta({ description: 'Null: all categories.' }),
        sender: z.string().nullable().meta({ description: 'Null: all senders.' }),
        value: z.enum(switches),
      }),
    )
    .meta({ examples: [[{ category: 'news', sender: null, value: 'off' }]] }),
  categories: z.array(categoryShape).meta({ description: 'All categories of the app, sorted by name.' }),
  quietHours: pusherQuietHours.meta({
    description: 'Null: those of the app.',
    examples: [{ from: '22:00', to: '07:00' }],
  }),
  timezone: z.string().meta({ description: 'IANA name; empty when unknown.', examples: ['Asia/Shanghai'] }),
})

export const getPreferences = endpoint({
  guard: 'signed',
  summary: 'Get the preferences of a pusher',
  notes: 'What the pusher chose, and the categories there are.',
  params: z.object({ id: pusherId }),
  answer: preferencesAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  handle: ({ app, params: { id } }, deps) => preferencesOf(deps, app.id, id),
})

export const setPreferences = endpoint({
  guard: 'signed',
  summary: 'Change the preferences of a pusher',
  notes:
    'Changes what you send: these choices, the quiet hours, the time zone. A required category cannot be switched off. A pusher can have up to 500 choices.',
  params: z.object({ id: pusherId }),
  fields: preferenceFields,
  example,
  answer: preferencesAnswer,
  errors: ['pusher_not_found', 'category_not_found', 'conflict', 'invalid_field'],
  handle: ({ app, params: { id }, fields }, deps) => changed(deps, app.id, id, fields),
})

export const getOwnPreferences = endpoint({
  guard: 'user',
  scope: 'preferences',
  summary: 'Get the own preferences',
  answer: preferencesAnswer,
  errors: ['pusher_not_found'],
  handle: ({ app, user }, deps) => preferencesOf(deps, app.id, user),
})

export const setOwnPreferences = endpoint({
  guard: 'user',
  scope: 'preferences',
  summary: 'Change the own preferences',
  notes: 'As PUT /v1/pushers/{id}/preferences, for the user of the token.',
  fields: preferenceFields,
  example,
  answer: preferencesAnswer,
  errors: ['pusher_not_found', 'category_not_found', 'conflict', 'invalid_field'],
  handle: ({ app, user, fields }, deps) => changed(deps, app.id, user, fields),
})

type PreferenceDeps = Pick<ApiDeps, 'core' | 'pushers' | 'categories' | 'preferences'>

/** @throws CarillonError `pusher_not_found` */
async function preferencesOf({ pushers, categories, preferences }: PreferenceDeps, app: number, id: string) {
  const [pusher = noPusher(id)] = await pushers.getMany(app, [id])
  const { quietHours = null, timezone } = pusher
  const [choices, all] = await Promise.all([preferences.find(app, id), categories.list(app)])
  return { choices, categories: all, quietHours, timezone }
}

async function changed(
  deps: PreferenceDeps,
  app: number,
  id: string,
  { choices, ...others }: z.output<typeof preferenceFields>,
) {
  if ((await deps.pushers.getMany(app, [id])).length === 0) noPusher(id)
  const chosen = (choices ?? []).filter(({ value }) => value !== 'default')
  await refuseMisspelt(
    deps,
    chosen.flatMap(({ sender }) => sender ?? []),
  )
  if (choices) await changePreferences(deps, app, id, choices)
  const given = Object.entries(others).filter(([, value]) => value !== undefined)
  if (given.length > 0) await deps.pushers.set(app, id, { fields: Object.fromEntries(given) }, false)
  return preferencesOf(deps, app, id)
}
