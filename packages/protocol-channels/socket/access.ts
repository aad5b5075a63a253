import type { App } from '@carillon/contract'
import { isChannelName, isUserId, kindOf, userOfChannel } from '../channel-name.ts'
import { limitsOf, MOST_SUBSCRIPTIONS } from '../limits.ts'
import { channelText, isAuthorized } from '../signature.ts'
import type { ChannelsClient } from './client.ts'
import { fieldsOf } from './frame.ts'

/** What a client asks for when it subscribes. */
export interface Subscription {
  channel: string
  auth: string
  /** JSON, as the application signed it. */
  channelData?: string
}

/** @returns undefined where no channel is named */
export function readSubscription(data: unknown): Subscription | undefined {
  const { channel, auth, channel_data: channelData } = fieldsOf(data)
  if (typeof channel !== 'string') return undefined
  return {
    channel,
    auth: typeof auth === 'string' ? auth : '',
    ...(typeof channelData === 'string' && channelData !== '' && { channelData }),
  }
}

/** Why a client is not let onto a channel. */
export interface Refusal {
  type: string
  error: string
  /** As HTTP has it. */
  status: number
}

/** Whatever the app says, before it is asked. */
export function refusedAtOnce(client: ChannelsClient, channel: string): Refusal | undefined {
  if (!isName(client.app, channel)) {
    return { type: 'InvalidChannel', error: 'A channel has 1 to 200 of a-z, A-Z, 0-9, _ - = @ , . and ;', status: 400 }
  }
  if (client.parts.namespace.channelsOf(client) < MOST_SUBSCRIPTIONS) return undefined
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

export function unauthorized(client: ChannelsClient, app: App, asked: Subscription): Refusal | undefined {
  const user = userOfChannel(asked.channel)
  if (user !== undefined) {
    return user === client.user?.id ? undefined : authError('Sign in as the user whose channel it is.')
  }
  const text = channelText(client.id, asked.channel, asked.channelData)
  if (isAuthorized(app, text, asked.auth)) return undefined
  return authError(`auth must be the key and the signature of ${client.id}:${asked.channel}, or with channel_data.`)
}

export function authError(error: string): Refusal {
  return { type: 'AuthError', error, status: 401 }
}
