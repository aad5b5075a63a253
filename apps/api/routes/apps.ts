import * as z from 'zod'
import {
  type App,
  appChangeBody,
  type AppSecret,
  appSettingFields,
  newAppBody,
  storedAppFields,
} from '@carillon/contract'
import { changeOf, creationOf, withAudit } from '@carillon/core'
import type { AppChange } from '@carillon/store'
import { check, endpoint } from '../endpoint.ts'

/** Postgres ids are 32 bits wide. */
const appParams = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,9}$/, 'must be a positive integer')
    .meta({ examples: ['1'] })
    .transform(Number)
    .refine((number) => number < 2 ** 31, 'must be a positive integer'),
})

const shownSecret = z.object({ id: z.int(), secret: z.string(), createdAt: z.int() })

const exampleApp = {
  id: 1,
  name: 'shop',
  key: 'f0e1d2c3b4a59687',
  secrets: [{ id: 1, secret: '********', createdAt: 1_456_403_493 }],
  v2Only: false,
  enabled: true,
  createdAt: 1_456_403_493,
}

const shownApp = z
  .object({
    id: z.int(),
    name: z.string(),
    key: z.string(),
    secrets: z.array(shownSecret).meta({ description: 'Masked, except for a secret that this call created.' }),
    v2Only: z.boolean(),
    enabled: z.boolean(),
    createdAt: z.int(),
    ...appSettingFields,
  })
  .meta({ id: 'App', examples: [exampleApp] })

/** The answer of the calls that create a secret. */
const appAnswer = z.object({ app: shownApp }).meta({
  examples: [
    {
      app: {
        ...exampleApp,
        secrets: [{ id: 1, secret: 'Zk3v8wq1b5t9y2u6o4i7p0a3s1d5f8g2', createdAt: 1_456_403_493 }],
      },
    },
  ],
})

const appsAnswer = z.object({ apps: z.array(shownApp) })

export const listApps = endpoint({
  guard: 'admin',
  summary: 'List apps',
  answer: appsAnswer,
  errors: [],
  async handle(_call, { apps }) {
    return { apps: (await apps.list()).map((app) => showApp(app)) }
  },
})

export const createApp = endpoint({
  guard: 'admin',
  summary: 'Create an app',
  notes: 'Only this answer shows the secret of the app.',
  fields: newAppBody,
  example: { name: 'shop' },
  status: 201,
  answer: appAnswer,
  errors: ['invalid_field', 'conflict'],
  async handle({ actor, fields }, { apps, audit }) {
    const wanted = storedAppFields(fields)
    const app = await withAudit(audit, actor(), creationOf(wanted), () => apps.create(wanted))
    return { app: showApp(app, () => true) }
  },
})

export const changeApp = endpoint({
  guard: 'admin',
  summary: 'Change an app',
  notes: 'Absent fields keep their value, and null removes a setting. Only this answer shows a secret that you add.',
  params: appParams,
  fields: appChangeBody,
  example: { addSecret: '' },
  answer: appAnswer,
  errors: ['app_not_found', 'invalid_field', 'conflict'],
  async handle({ actor, params: { id }, fields }, { apps, audit }) {
    const change = storedAppFields(fields)
    const app = await withAudit(audit, actor(), changeOf(id, change), () => apps.change(id, change))
    const added = fields.addSecret === undefined ? undefined : app.secrets.at(-1)
    return { app: showApp(app, (secret) => secret === added) }
  },
})

/**
 * The change of an app that the fields of `PATCH /v1/apps/{id}` ask for.
 * @throws CarillonError `invalid_field`
 */
export function readAppChange(fields: unknown): AppChange {
  return storedAppFields(check(appChangeBody, fields))
}

/** An app as the administrator sees it; only the secrets that `reveal` picks can be read. */
function showApp({ settings: own, ...app }: App, reveal: (secret: AppSecret) => boolean = () => false): object {
  const secrets = app.secrets.map((one) => (reveal(one) ? one : { ...one, secret: '********' }))
  return { ...app, secrets, ...own }
}
