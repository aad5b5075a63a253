import * as z from 'zod'
import {
  line,
  addressKinds,
  apnsEnvironments,
  CarillonError,
  emptyIsAbsent,
  nullIsAbsent,
  parseJsonText,
  type PusherAddresses,
  pusherBody,
  timeZoneName,
  type ShownAddress,
} from '@carillon/contract'
import { addressesOf, shownAddress } from '@carillon/core'
import type { ApiDeps } from '../deps.ts'
import { endpoint } from '../endpoint.ts'
import { subscriptionSchema, tokenOf } from './address-token.ts'
import { noPusher, okAnswer, pusherId, rowId } from './schemas.ts'

/** What the calls about addresses depend on. */
export type AddressDeps = Pick<ApiDeps, 'pushers' | 'addresses' | 'suppressions' | 'allowPrivateHooks' | 'phoneCountry'>

const LONGEST_TOKEN = 4096

const pusherParams = z.object({ id: pusherId })

/** `{address}` of the routes. */
export const addressId = rowId('an address')

export const addressFields = z.object({
  kind: z.enum(addressKinds, `must be one of ${addressKinds.join(', ')}`).meta({ description: 'What leads to it.' }),
  token: nullIsAbsent(line(LONGEST_TOKEN)).meta({
    description:
      "FCM's or APNs's token, the URL of a webhook, or the id of a chat; required for every kind but webpush.",
  }),
  subscription: emptyIsAbsent(z.preprocess(parseJsonText, subscriptionSchema)).meta({
    description: 'What PushSubscription.toJSON() returns; required for webpush. In a form, as JSON text.',
  }),
  target: emptyIsAbsent(line(255)).meta({ description: 'The app: an APNs topic, an FCM project or a web origin.' }),
  environment: emptyIsAbsent(z.enum(apnsEnvironments, 'must be production or sandbox')).meta({
    description: 'Of an APNs token. If it is absent, both are tried.',
  }),
  platform: emptyIsAbsent(line(64)).meta({ description: 'Such as android or ios.' }),
  locale: pusherBody.shape.locale,
  timezone: nullIsAbsent(timeZoneName).meta({ description: 'IANA name, such as Asia/Shanghai.' }),
  label: emptyIsAbsent(line(255)).meta({ description: 'A name by which a person recognizes the device.' }),
})

const block = z.object({
  as: z.enum(['disabled', 'suppressed']),
  sender: z.string().optional().meta({ description: 'The sender of the suppression.' }),
  suppression: z.string().optional().meta({ description: 'The id of the suppression, by which you can lift it.' }),
  reason: z.string(),
  since: z.number().meta({ description: 'Unix seconds.' }),
})

const blocked = z.array(block).meta({ description: 'Why nothing is sent to it. Empty: it is sent to.', examples: [[]] })

const addressShape = z
  .object({
    id: z.string(),
    kind: z.enum(addressKinds),
    address: z.string().meta({ description: 'The end of the token. The token itself is never shown.' }),
    target: z.string(),
    environment: z.enum([...apnsEnvironments, '']),
    platform: z.string(),
    locale: z.string(),
    timezone: z.string(),
    label: z.string(),
    createdAt: z.number().meta({ description: 'Unix seconds.' }),
    seenAt: z.number().meta({ description: 'When it was registered last, in Unix seconds.' }),
    blocked,
  })
  .meta({
    id: 'Address',
    examples: [
      {
        id: '1',
        kind: 'fcm',
        address: '…a1B2c3',
        target: '',
        environment: '',
        platform: 'android',
        locale: 'zh-CN',
        timezone: '',
        label: 'Pixel 9',
        createdAt: 1_456_403_493.12,
        seenAt: 1_456_403_493.12,
        blocked: [],
      },
    ],
  })

const plainAddress = z.object({ address: z.string(), blocked }).nullable()

export const addressAnswer = z.object({ address: addressShape })

export const addressesAnswer = z.object({
  addresses: z.array(addressShape).meta({ description: 'The ones registered last come first.' }),
  mail: plainAddress.meta({ examples: [{ address: 'lupino@example.com', blocked: [] }] }),
  phone: plainAddress.meta({ examples: [null] }),
})

export const addressExample = { kind: 'fcm', token: 'dGhpcyBpcyBhIHRva2Vu:APA91bEx4mpl3', label: 'Pixel 9' }

export const registerAddress = endpoint({
  guard: 'signed',
  summary: 'Register an address',
  notes:
    'A pusher can have up to 20 addresses of a kind; those seen longest ago are removed. The same token again keeps its id, and enables the address. A token of another pusher moves to this one. Fields that are absent stay as they are.',
  params: pusherParams,
  fields: addressFields,
  example: addressExample,
  answer: addressAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  handle: ({ app, params: { id }, fields }, deps) => register(app.id, id, fields, deps),
})

export const getAddresses = endpoint({
  guard: 'signed',
  summary: 'List the addresses of a pusher',
  notes: 'With its email address and its phone number, and what keeps messages from each.',
  params: pusherParams,
  answer: addressesAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  handle: ({ app, params: { id } }, deps) => allAddresses(app.id, id, deps),
})

export const removeAddress = endpoint({
  guard: 'signed',
  summary: 'Remove an address',
  params: z.object({ id: pusherId, address: addressId }),
  answer: okAnswer,
  errors: ['address_not_found', 'invalid_field'],
  async handle({ app, params: { id, address } }, { addresses }) {
    await addresses.removeOf(app.id, id, address)
    return { result: 'OK' }
  },
})

/** @throws CarillonError `pusher_not_found`, or `invalid_field` with the name of the field. */
export async function register(
  app: number,
  pusher: string,
  { token, subscription, ...fields }: z.output<typeof addressFields>,
  deps: AddressDeps,
): Promise<{ address: ShownAddress }> {
  if (fields.environment !== undefined && fields.kind !== 'apns')
    throw new CarillonError('invalid_field', 'environment is only for the kind apns')
  const stored = tokenOf({ kind: fields.kind, token, subscription }, deps)
  if ((await deps.pushers.getMany(app, [pusher])).length === 0) noPusher(pusher)
  return { address: shownAddress(await deps.addresses.register({ app, pusher, token: stored, ...fields })) }
}

/** @throws CarillonError `pusher_not_found` */
export async function allAddresses(app: number, id: string, deps: AddressDeps): Promise<PusherAddresses> {
  const [pusher] = await deps.pushers.getMany(app, [id])
  return pusher ? addressesOf(deps, app, pusher) : noPusher(id)
}
