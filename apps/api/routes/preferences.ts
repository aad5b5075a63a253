import { categoryName, type ChoiceChange, nullIsAbsent, senderName, switches } from '@carillon/contract'
import { changePreferences } from '@carillon/core'
import * as z from 'zod'
import type { ApiDeps } from '../deps.ts'
import { endpoint } from '../endpoint.ts'
import { categoryShape } from './categories.ts'
import { fromJson, noPusher, pusherId } from './schemas.ts'

const MOST_CHANGES = 100

const change = z
  .object({
    category: nullIsAbsent(categoryName).transform((name) => name ?? null),
    sender: nullIsAbsent(senderName).transform((name) => name ?? null),
    value: z.enum([...switches, 'default'], 'must be on, off or default'),
  })
  .refine(({ category, sender }) => category !== null || sender !== null, 'must name a category, a sender or both')

const preferenceFields = z.object({
  choices: z
    .preprocess(
      fromJson,
      z
        .array(change, 'must be a list')
        .min(1, 'must have at least one entry')
        .max(MOST_CHANGES, `must have at most ${MOST_CHANGES} entries`),
    )
    .meta({
      description:
        'Each has `value` (on, off or default), and a `category`, a `sender` or both. `default` removes a choice. In a form, as JSON text.',
    }),
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
    'Changes these choices and leaves the others. A required category cannot be switched off. A pusher can have up to 500 choices.',
  params: z.object({ id: pusherId }),
  fields: preferenceFields,
  example,
  answer: preferencesAnswer,
  errors: ['pusher_not_found', 'category_not_found', 'conflict', 'invalid_field'],
  handle: ({ app, params: { id }, fields: { choices } }, deps) => changed(deps, app.id, id, choices),
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
  handle: ({ app, user, fields: { choices } }, deps) => changed(deps, app.id, user, choices),
})

type PreferenceDeps = Pick<ApiDeps, 'pushers' | 'categories' | 'preferences'>

/** @throws CarillonError `pusher_not_found` */
async function preferencesOf({ pushers, categories, preferences }: PreferenceDeps, app: number, pusher: string) {
  if ((await pushers.getMany(app, [pusher])).length === 0) noPusher(pusher)
  const [choices, all] = await Promise.all([preferences.find(app, pusher), categories.list(app)])
  return { choices, categories: all }
}

async function changed(deps: PreferenceDeps, app: number, pusher: string, choices: readonly ChoiceChange[]) {
  if ((await deps.pushers.getMany(app, [pusher])).length === 0) noPusher(pusher)
  await changePreferences(deps, app, pusher, choices)
  return preferencesOf(deps, app, pusher)
}
