import {
  CarillonError,
  identifier,
  LONGEST_USER_TOKEN_S,
  signUserToken,
  type UserTokenOptions,
  userScopes,
} from '@carillon/contract'
import type { ClientSettings } from './options.ts'
import { type ApiCall, path } from './request.ts'

const UNSIGNED =
  'userToken needs the key and the secret of the client. A server in open mode makes the token: await client.requestUserToken(pusher)'

export interface UserCalls {
  /**
   * The token with which one pusher's app or browser calls `/v1/me`. It is made here, without a call.
   * @throws CarillonError `invalid_field` for what cannot be a token's; `bad_request` for a client without key and secret.
   */
  userToken(pusher: string, options?: UserTokenOptions): string
  /** The same, made by the server: for a server in open mode, whose secret is not known here. */
  requestUserToken(pusher: string, options?: UserTokenOptions): Promise<string>
}

/** The calls about the tokens of users. */
export function userCalls(call: ApiCall, { credentials }: Pick<ClientSettings, 'credentials'>): UserCalls {
  return {
    userToken(pusher, options = {}) {
      if (!credentials) throw new CarillonError('bad_request', UNSIGNED)
      check(pusher, options)
      const now = Math.floor(Date.now() / 1000)
      return signUserToken({ key: credentials.key, secret: credentials.secret, pusher, now, ...options }).token
    },
    async requestUserToken(pusher, options = {}) {
      const json = { ...options }
      return (await call<{ token: string }>('POST', path`/v1/pushers/${pusher}/token`, { json })).token
    },
  }
}

function check(pusher: string, { expiresIn = 1, scope = userScopes }: UserTokenOptions): void {
  if (!identifier.safeParse(pusher).success)
    throw new CarillonError('invalid_field', 'pusher must be the id of a pusher')
  if (!(Number.isInteger(expiresIn) && expiresIn > 0 && expiresIn <= LONGEST_USER_TOKEN_S))
    throw new CarillonError('invalid_field', `expiresIn must be seconds from 1 to ${LONGEST_USER_TOKEN_S}`)
  if (!Array.isArray(scope) || scope.length === 0 || !scope.every((one) => userScopes.includes(one)))
    throw new CarillonError('invalid_field', `scope must be a list of ${userScopes.join(', ')}`)
}
