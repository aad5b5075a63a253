import * as z from 'zod'
import { type App, type AppSecret, type AppSettings, ORIGIN_PATTERN, readPublicKey } from '@carillon/contract'
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

const webUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2000)

const nameText = z
  .string('must be text')
  .min(1, 'is required')
  .max(255)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters')

const secretText = z
  .string('must be text')
  .max(255)
  .regex(/^[!-~]*$/, 'must be visible ASCII')

const limit = z.int('must be a whole number').positive('must be above 0').optional()

/** Null removes a setting. */
const settingFields = {
  connectHook: webUrl.nullish().meta({ description: 'URL that decides whether a realtime client may connect.' }),
  webhooks: z
    .array(z.object({ url: webUrl, events: z.array(nameText).max(100) }))
    .max(100)
    .nullish()
    .meta({
      description: 'URLs that receive the channel events that each names, or all events if it names none.',
    }),
  clientEvents: z.boolean().nullish(),
  subscriptionCount: z.boolean().nullish(),
  watchlist: z.boolean().nullish(),
  allowedOrigins: z
    .array(
      z
        .string('must be text')
        .max(255)
        .regex(ORIGIN_PATTERN, 'must be an origin or a host, such as https://example.com or *.example.com'),
    )
    .min(1, 'must contain an origin; null allows all')
    .max(100)
    .nullish()
    .meta({
      description:
        'Origins of the web pages that may connect. An entry is an origin or a host, optionally with `*.` in place of the first labels.',
    }),
  authorizedConnections: z.boolean().nullish().meta({
    description:
      'Close connections to Pusher Channels that do not sign in or join a private or presence channel in time.',
  }),
  tlsOnly: z.boolean().nullish().meta({ description: 'Refuse WebSockets without TLS.' }),
  limits: z
    .strictObject({
      eventBytes: limit,
      presenceMembers: limit,
      userInfoBytes: limit,
      userIdCharacters: limit,
      authorizationSeconds: limit.unwrap().max(3600, 'must be at most 3600').optional(),
      connections: limit,
      requestsPerSecond: limit,
    })
    .nullish()
    .meta({ description: 'A change replaces all limits, so include those that you want to keep.' }),
  publicKeys: z
    .array(
      z.string().max(10_000).refine(readPublicKey, 'must be an RSA (2048 bits or more) or P-256 public key as PEM'),
    )
    .max(20)
    .nullish()
    .meta({
      description: 'Public keys as PEM. Snapper tokens can be signed with their private keys, by RS256 or ES256.',
    }),
}

type SettingFields = z.output<z.ZodObject<typeof settingFields>>

const newAppFields = z.strictObject({
  name: nameText,
  key: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 of letters, digits, _, . and -')
    .optional()
    .meta({ description: 'If it is absent, the server creates one.' }),
  secret: secretText.min(1).optional().meta({ description: 'If it is absent, the server creates one.' }),
  v2Only: z.boolean().optional().meta({ description: 'Refuse v1 signatures.' }),
  ...settingFields,
})

const appChangeFields = z.strictObject({
  name: nameText.optional(),
  v2Only: newAppFields.shape.v2Only,
  enabled: z.boolean().optional(),
  addSecret: secretText
    .optional()
    .meta({ description: 'An additional secret. If it is empty, the server creates one.' }),
  retireSecret: z
    .int()
    .positive()
    .optional()
    .meta({ description: 'Id of a secret to remove. The last secret cannot be removed.' }),
  ...settingFields,
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
    ...settingFields,
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
  fields: newAppFields,
  example: { name: 'shop' },
  status: 201,
  answer: appAnswer,
  errors: ['invalid_field', 'conflict'],
  async handle({ fields }, { apps }) {
    return { app: showApp(await apps.create(storedChange(fields)), () => true) }
  },
})

export const changeApp = endpoint({
  guard: 'admin',
  summary: 'Change an app',
  notes: 'Absent fields keep their value, and null removes a setting. Only this answer shows a secret that you add.',
  params: appParams,
  fields: appChangeFields,
  example: { addSecret: '' },
  answer: appAnswer,
  errors: ['app_not_found', 'invalid_field', 'conflict'],
  async handle({ params: { id }, fields }, { apps }) {
    const app = await apps.change(id, storedChange(fields))
    const newest = fields.addSecret === undefined ? undefined : Math.max(...app.secrets.map((secret) => secret.id))
    return { app: showApp(app, (secret) => secret.id === newest) }
  },
})

/**
 * The change of an app that the fields of `PATCH /v1/apps/{id}` ask for.
 * @throws CarillonError `invalid_field`
 */
export function readAppChange(fields: unknown): AppChange {
  return storedChange(check(appChangeFields, fields))
}

/** Splits off the settings: null becomes undefined, which removes one; what is absent stays. */
function storedChange<Fields extends SettingFields>(
  fields: Fields,
): Omit<Fields, keyof SettingFields> & { settings: AppSettings } {
  const [given, own] = partition(Object.entries(fields), ([field]) => Object.hasOwn(settingFields, field))
  const present = given.filter(([, value]) => value !== undefined)
  return {
    ...(Object.fromEntries(own) as Omit<Fields, keyof SettingFields>),
    settings: Object.fromEntries(present.map(([field, value]) => [field, value ?? undefined])) as AppSettings,
  }
}

function partition<Item>(items: readonly Item[], fits: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(fits), items.filter((item) => !fits(item))]
}

/** An app as the administrator sees it; only the secrets that `reveal` picks can be read. */
function showApp({ settings: own, ...app }: App, reveal: (secret: AppSecret) => boolean = () => false): object {
  const secrets = app.secrets.map((one) => (reveal(one) ? one : { ...one, secret: '********' }))
  return { ...app, secrets, ...own }
}
