import * as z from 'zod'
import { type AppSettings, ORIGIN_PATTERN } from './app.ts'
import { DEFAULT_SMEAR_S, LONGEST_SMEAR_S, quietHoursSchema } from './quiet-hours.ts'
import { timeZoneName } from './time-zone.ts'
import { readPublicKey } from './tokens.ts'

/*
 * What callers may ask for of an app. The messages follow the field's name in an error.
 */

const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .max(2000, 'must be at most 2000 characters')

const nameText = z
  .string('must be text')
  .min(1, 'is required')
  .max(255, 'must be at most 255 characters')
  .regex(/^\P{Cc}*$/u, 'must not contain control characters')

const secretText = z
  .string('must be text')
  .max(255)
  .regex(/^[!-~]*$/, 'must be visible ASCII')

const limit = z.int('must be a whole number').positive('must be above 0').optional()

/** Null removes a setting. */
export const appSettingFields = {
  connectHook: webUrl.nullish().meta({ description: 'URL that decides whether a realtime client may connect.' }),
  webhooks: z
    .array(z.object({ url: webUrl, events: z.array(nameText).max(100, 'must be at most 100') }))
    .max(100, 'must be at most 100')
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
        .max(255, 'must be at most 255 characters')
        .regex(ORIGIN_PATTERN, 'must be an origin or a host, such as https://example.com or *.example.com'),
    )
    .min(1, 'must contain an origin; null allows all')
    .max(100, 'must be at most 100')
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
      z
        .string()
        .max(10_000, 'must be at most 10000 characters')
        .refine(readPublicKey, 'must be an RSA (2048 bits or more) or P-256 public key as PEM'),
    )
    .max(20, 'must be at most 20')
    .nullish()
    .meta({
      description: 'Public keys as PEM. Snapper tokens can be signed with their private keys, by RS256 or ES256.',
    }),
  quietHours: quietHoursSchema.nullish().meta({
    description:
      'When pushers that have no quiet hours of their own are not disturbed: {"from": "22:00", "to": "07:00"}, optionally with "days".',
  }),
  timezone: timeZoneName.nullish().meta({
    description: 'IANA name: where the quiet hours hold for pushers whose time zone is unknown. Default: UTC.',
  }),
  smear: z
    .int('must be a whole number')
    .min(0, 'must be at least 0')
    .max(LONGEST_SMEAR_S, `must be at most ${LONGEST_SMEAR_S}`)
    .nullish()
    .meta({
      description: `Seconds over which pushes that quiet hours held back are spread afterwards. Default: ${DEFAULT_SMEAR_S}.`,
    }),
}

type SettingFields = z.output<z.ZodObject<typeof appSettingFields>>

/** POST /v1/apps. */
export const newAppBody = z.strictObject({
  name: nameText,
  key: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 of letters, digits, _, . and -')
    .optional()
    .meta({ description: 'If it is absent, the server creates one.' }),
  secret: secretText.min(1).optional().meta({ description: 'If it is absent, the server creates one.' }),
  v2Only: z.boolean().optional().meta({ description: 'Refuse v1 signatures.' }),
  ...appSettingFields,
})

/** PATCH /v1/apps/{id}. */
export const appChangeBody = z.strictObject({
  name: nameText.optional(),
  v2Only: newAppBody.shape.v2Only,
  enabled: z.boolean().optional(),
  addSecret: secretText
    .optional()
    .meta({ description: 'An additional secret. If it is empty, the server creates one.' }),
  retireSecret: z
    .int()
    .positive()
    .optional()
    .meta({ description: 'Id of a secret to remove. The last secret cannot be removed.' }),
  ...appSettingFields,
})

/**
 * Splits the settings off the fields of a call, as they are stored: null becomes undefined, which removes one; what is absent
 * stays.
 */
export function storedAppFields<Fields extends SettingFields>(
  fields: Fields,
): Omit<Fields, keyof SettingFields> & { settings: AppSettings } {
  const [given, own] = partition(Object.entries(fields), ([field]) => Object.hasOwn(appSettingFields, field))
  const present = given.filter(([, value]) => value !== undefined)
  return {
    ...(Object.fromEntries(own) as Omit<Fields, keyof SettingFields>),
    settings: Object.fromEntries(present.map(([field, value]) => [field, value ?? undefined])) as AppSettings,
  }
}

function partition<Item>(items: readonly Item[], fits: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(fits), items.filter((item) => !fits(item))]
}
