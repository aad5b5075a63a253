import type { App } from '@carillon/contract'
import type { ChannelMember } from '@carillon/hub'
import { asUserId, isUserId } from '../channel-name.ts'
import { type Limits, limitsOf } from '../limits.ts'
import { authError, type Refusal } from './access.ts'
import type { SignedIn } from './client.ts'
import { asJson, fieldsOf } from './frame.ts'

/** Characters of JSON for one character, where all of it is spelled as `\u0000`. */
const LONGEST_ESCAPE = 6
/** Characters for all else that an app may have put there. */
const OTHER_DATA = 10_240

/** Who a connection is on a channel with presence: what the app signed, or else the user it signed in as. */
export function readMember(app: App, user: SignedIn | undefined, channelData?: string): ChannelMember | Refusal {
  const limits = limitsOf(app)
  if (channelData === undefined && user) return member(limits, user.id, user.info)
  if (channelData === undefined) return authError('Say who you are: sign channel_data, or sign in.')
  if (channelData.length > longestData(limits)) return tooLarge(limits)
  const { user_id: id, user_info: info } = fieldsOf(channelData)
  return member(limits, asUserId(id), info)
}

function member(limits: Limits, id: unknown, info: unknown): ChannelMember | Refusal {
  const { userIdCharacters, userInfoBytes, presenceMembers } = limits
  if (!isUserId(id, userIdCharacters)) {
    return invalid(`The user_id must be a text of 1 to ${userIdCharacters} characters, or a whole number.`)
  }
  const text = asJson(info)
  if (text === undefined || Buffer.byteLength(text) > userInfoBytes) return tooLarge(limits)
  return { id, info: text, most: presenceMembers }
}

function longestData({ userIdCharacters, userInfoBytes }: Limits): number {
  return OTHER_DATA + LONGEST_ESCAPE * (userIdCharacters + userInfoBytes)
}

function tooLarge({ userInfoBytes }: Limits): Refusal {
  return invalid(`The user_info has at most ${userInfoBytes} bytes.`)
}

function invalid(error: string): Refusal {
  return { type: 'InvalidMember', error, status: 400 }
}
