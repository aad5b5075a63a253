import type { App } from '@carillon/contract'
import type { ChannelMember } from '@carillon/hub'
import { asUserId, isChannelName, isUserId, kindOf, userOfChannel } from '../channel-name.ts'
import { type Limits, limitsOf, MOST_SUBSCRIPTIONS } from '../limits.ts'
import { channelText, isAuthorized } from '../signature.ts'
import type { ChannelsClient, SignedIn } from './client.ts'
import { asJson, fieldsOf } from './frame.ts'

/** Characters of JSON for one character, where all of it is spelled as `\u0000`. */
const LONGEST_ESCAPE = 6
/** Characters for all else that an app may have put there. */
const OTHER_DATA = 10_240

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
export interface SubscriptionRefusal {
  type: string
  error: string
  /** As HTTP has it. */
  status: number
}

/** Whatever the app says, before it is asked. */
export function refusedAtOnce(client: ChannelsClient, channel: string): SubscriptionRefusal | undefined {
  if (!isName(client.app, channel)) {
    return { type: 'InvalidChannel', error: 'A channel has 1 to 200 of a-z, A-Z, 0-9, _ - = @ , . and ;', status: 400 }
  }
  if (client.deps.namespace.channelsOf(client) < MOST_SUBSCRIPTIONS) return undefined
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

export function unauthorized(client: ChannelsClient, app: App, asked: Subscription): SubscriptionRefusal | undefined {
  const user = userOfChannel(asked.channel)
  if (user !== undefined) {
    return user === client.user?.id ? undefined : authError('Sign in as the user of this channel first.')
  }
  const text = channelText(client.id, asked.channel, asked.channelData)
  if (isAuthorized(app, text, asked.auth)) return undefined
  return authError(`auth must be the key and the signature of ${client.id}:${asked.channel}, or with channel_data.`)
}

function authError(error: string): SubscriptionRefusal {
  return { type: 'AuthError', error, status: 401 }
}

/** Who a connection is on a channel with presence: what the app signed, or else the user it signed in as. */
export function readMember(
  app: App,
  user: SignedIn | undefined,
  channelData?: string,
): ChannelMember | SubscriptionRefusal {
  const limits = limitsOf(app)
  if (channelData === undefined && user) return memberOf(limits, user.id, user.info)
  if (channelData === undefined) return authError('The member is unknown: sign channel_data, or sign in first.')
  if (channelData.length > longestData(limits)) return infoTooLarge(limits)
  const { user_id: id, user_info: info } = fieldsOf(channelData)
  return memberOf(limits, asUserId(id), info)
}

function memberOf(limits: Limits, id: unknown, info: unknown): ChannelMember | SubscriptionRefusal {
  const { userIdCharacters, userInfoBytes, presenceMembers } = limits
  if (!isUserId(id, userIdCharacters)) {
    return invalidMember(`The user_id must be a text of 1 to ${userIdCharacters} characters, or a whole number.`)
  }
  const text = asJson(info)
  if (text === undefined || Buffer.byteLength(text) > userInfoBytes) return infoTooLarge(limits)
  return { id, info: text, most: presenceMembers }
}

function longestData({ userIdCharacters, userInfoBytes }: Limits): number {
  return OTHER_DATA + LONGEST_ESCAPE * (userIdCharacters + userInfoBytes)
}

function infoTooLarge({ userInfoBytes }: Limits): SubscriptionRefusal {
  return invalidMember(`The user_info has at most ${userInfoBytes} bytes.`)
}

function invalidMember(error: string): SubscriptionRefusal {
  return { type: 'InvalidMember', error, status: 400 }
}
