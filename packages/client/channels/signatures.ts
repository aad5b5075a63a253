import { CarillonError } from '@carillon/contract'
import { attempt, type Sdk } from './sdk.ts'

/** Who one is on a presence channel. */
export interface Member {
  user_id: string
  /** What the others see. */
  user_info?: object | undefined
}

/** Who signs in. */
export interface User {
  /** A pusher's id, so that pushes of `sendrealtime` arrive. */
  id: string
  user_info?: object | undefined
  /** Ids of users whose going online and offline is reported. */
  watchlist?: readonly string[] | undefined
}

/** What a client hands to the server, to be let onto a channel. */
export interface ChannelAuth {
  auth: string
  channel_data?: string
  /** The key of an encrypted channel, which only the clients have. */
  shared_secret?: string
}

export interface UserAuth {
  auth: string
  user_data: string
}

export interface AuthorityCalls {
  /**
   * Signs that this connection may be on this channel. Nothing is sent.
   * @param member of a presence channel; without one, the user who is signed in.
   */
  authorize(socketId: string, channel: string, member?: Member): ChannelAuth
  /** Signs that this connection is of this user. Nothing is sent. */
  authenticate(socketId: string, user: User): UserAuth
}

/** The strings that are signed for clients, which know no secret. */
export function authorityCalls(sdk: Sdk): AuthorityCalls {
  return {
    authorize: (socketId, channel, member) => attempt(() => sdk.authorizeChannel(socketId, channel, member)),
    authenticate: (socketId, user) => attempt(() => sdk.authenticateUser(socketId, { ...user })),
  }
}

/** As it came: the bytes are signed, so no parser may have touched the body. */
export interface WebhookRequest {
  headers: Headers | Readonly<Record<string, string | string[] | undefined>>
  body: string | Uint8Array
}

export interface Webhook {
  /** When it happened. */
  time: Date
  events: WebhookEvent[]
}

export type WebhookEvent =
  | { name: 'channel_occupied' | 'channel_vacated' | 'cache_miss'; channel: string }
  | { name: 'member_added' | 'member_removed'; channel: string; user_id: string }
  | { name: 'subscription_count'; channel: string; subscription_count: number }
  | { name: 'client_event'; channel: string; event: string; data: string; socket_id: string; user_id?: string }

export interface WebhookCalls {
  /**
   * Checks and reads what the server posted to a webhook. An event may come twice.
   * @throws CarillonError `unauthorized` when it is not signed by the app, `bad_request` when it is no webhook.
   */
  webhook(request: WebhookRequest): Webhook
}

/** @param secrets further ones of the app. */
export function webhookCalls(sdk: Sdk, key: string, secrets: readonly string[]): WebhookCalls {
  return {
    webhook({ headers, body }) {
      const webhook = sdk.webhook({ headers: read(headers), rawBody: Buffer.from(body).toString() })
      if (!webhook.isBodyValid()) throw new CarillonError('bad_request', 'A webhook is application/json')
      if (!webhook.isValid(secrets.map((secret) => ({ key, secret })))) {
        throw new CarillonError('unauthorized', 'The webhook is not signed with a secret of this app')
      }
      return { time: webhook.getTime(), events: webhook.getEvents() as unknown as WebhookEvent[] }
    },
  }
}

/** The SDK reads these, and stumbles where the signature is missing. */
function read(headers: WebhookRequest['headers']): Record<string, string> {
  const names = ['content-type', 'x-pusher-key', 'x-pusher-signature']
  const get = (name: string) => (headers instanceof Headers ? headers.get(name) : headers[name])
  return Object.fromEntries(names.map((name) => [name, String(get(name) ?? '')]))
}
