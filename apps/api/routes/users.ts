import * as z from 'zod'
import { emptyIsAbsent, LONGEST_USER_TOKEN_S, signUserToken, userScopes, wholeNumber } from '@carillon/contract'
import { endpoint } from '../endpoint.ts'
import {
  addressAnswer,
  addressesAnswer,
  addressExample,
  addressFields,
  addressId,
  allAddresses,
  register,
} from './addresses.ts'
import { noPusher, okAnswer, pusherId } from './schemas.ts'

const tokenFields = z.object({
  scope: emptyIsAbsent(
    z.preprocess(
      (value) => (typeof value === 'string' ? value.split(/[\s,]+/) : value),
      z
        .array(z.enum(userScopes, `must be one of ${userScopes.join(', ')}`), 'must be a list')
        .min(1, 'must have at least one entry'),
    ),
  ).meta({ description: 'What the token allows; default: addresses. In a form, separated by commas.' }),
  expiresIn: emptyIsAbsent(
    wholeNumber.refine(
      (seconds) => seconds > 0 && seconds <= LONGEST_USER_TOKEN_S,
      `must be seconds from 1 to ${LONGEST_USER_TOKEN_S}`,
    ),
  ).meta({ description: 'Seconds for which the token is valid, at most a day; default 3600.' }),
})

export const makeUserToken = endpoint({
  guard: 'signed',
  summary: 'Make a user token',
  notes:
    "A user token lets the app or the browser of one pusher call /v1/me, and nothing else. You can also make one without a call, with the client's `userToken` or with any JWT library.",
  params: z.object({ id: pusherId }),
  fields: tokenFields,
  example: { scope: ['addresses'] },
  answer: z.object({
    token: z.string().meta({ examples: ['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImRlbW8ifQ.…'] }),
    expiresAt: z.number().meta({ description: 'Unix seconds.', examples: [1_456_407_093] }),
  }),
  errors: ['pusher_not_found', 'invalid_field'],
  async handle({ app: { id, key, secrets }, params: { id: pusher }, fields }, { pushers }) {
    if ((await pushers.getMany(id, [pusher])).length === 0) noPusher(pusher)
    const now = Math.floor(Date.now() / 1000)
    return signUserToken({ key, secret: secrets.at(-1)!.secret, pusher, now, ...fields })
  },
})

export const registerOwnAddress = endpoint({
  guard: 'user',
  scope: 'addresses',
  summary: 'Register an own address',
  notes: 'As PUT /v1/pushers/{id}/addresses, for the user of the token.',
  fields: addressFields,
  example: addressExample,
  answer: addressAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  handle: ({ app, user, fields }, deps) => register(app.id, user, fields, deps),
})

export const getOwnAddresses = endpoint({
  guard: 'user',
  scope: 'addresses',
  summary: 'List the own addresses',
  answer: addressesAnswer,
  errors: ['pusher_not_found'],
  handle: ({ app, user }, deps) => allAddresses(app.id, user, deps),
})

export const removeOwnAddress = endpoint({
  guard: 'user',
  scope: 'addresses',
  summary: 'Remove an own address',
  params: z.object({ address: addressId }),
  answer: okAnswer,
  errors: ['address_not_found', 'invalid_field'],
  async handle({ app, user, params: { address } }, { addresses }) {
    await addresses.removeOf(app.id, user, address)
    return { result: 'OK' }
  },
})

export const getPushKey = endpoint({
  guard: 'user',
  scope: 'addresses',
  summary: 'Get the key for Web Push',
  notes: 'A browser needs it to subscribe: it is the `applicationServerKey` of PushManager.subscribe().',
  answer: z.object({
    key: z.string().meta({
      description: 'A public key of P-256 in base64url.',
      examples: ['BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U'],
    }),
  }),
  errors: [],
  handle: async (_call, { pushKey }) => ({ key: await pushKey() }),
})
