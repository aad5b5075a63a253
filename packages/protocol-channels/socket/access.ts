import type { App } from '@carillon/contract'
import { isChannelName, isUserId, kindOf, userOfChannel } from '../channel-name.ts'
import { limitsOf, MOST_SUBSCRIPTIONS } from '../limits.ts'
import { channelText, isAuthorized } from '../signature.ts'
import type { Connection } from './connection.ts'
import type { Subscription } from './subscription.ts'

/** Why a client is not let onto a channel. */
export interface Refusal {
  type: string
  error: string
  /** As HTTP has it. */
  status: number
}

/** Whatever the app says, before it is asked. */
export function refusedAtOnce(connection: Connection, channel: string): Refusal | undefined {
  if (!isName(connection.app, channel)) {
    return { type: 'InvalidChannel', error: 'A channel has 1 to 200 of a-z, A-Z, 0-9, _ - = @ , . and ;', status: 400 }
  }
  if (connection.parts.namespace.channelsOf(connection) < MOST_SUBSCRIPTIONS) return undefined
  return { type: 'LimitReached', error: `A connection may be on ${MOST_SUBSCRIPTIONS} channels.`, status: 403 }
}

function isName(app: App, channel: string): boolean {
  const user = userOfChannel(channel)
  return user === undefined ? isChannelName(channel) : isUserId(user, limitsOf(app).userIdCharacters)
}

/** A private channel asks for the app's signature, a user's own channel for a sign-in. */
export function needsAuthority(channel: string): boolean {
  return kindOf(channel).isPrivate || userOfChannel(channel) !== undefined
}

export function unauthorized(connection: Connection, app: App, asked: Subscription): Refusal | undefined {
  const user = userOfChannel(asked.channel)
  if (user !== undefined) {
    return user === connection.user?.id ? undefined : authError('Sign in as the user whose channel it is.')
  }
  const text = channelText(connection.id, asked.channel, asked.channelData)
  if (isAuthorized(app, text, asked.auth)) return undefined
  return authError(`auth must be the key and the signature of ${connection.id}:${asked.channel}, or with channel_data.`)
}

export function authError(error: string): Refusal {
  return { type: 'AuthError', error, status: 401 }
}
