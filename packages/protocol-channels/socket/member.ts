import type { App } from '@carillon/contract'
import type { Member } from '@carillon/hub'
import { isUserId } from '../channel-name.ts'
import { limitsOf, LONGEST_USER_INFO } from '../limits.ts'
import { authError, type Refusal } from './access.ts'
import { asJson, fieldsOf } from './frame.ts'
import type { SignedIn } from './user.ts'

/** Characters: all that a member may say of itself, however much of it is escaped. */
const LONGEST_CHANNEL_DATA = 16_384

/** Who a connection is on a channel with presence: what the app signed, or else the user it signed in as. */
export function readMember(app: App, user: SignedIn | undefined, channelData?: string): Member | Refusal {
  if (channelData === undefined && user) return member(app, user.id, user.info)
  if (channelData === undefined) return authError('Say who you are: sign channel_data, or sign in.')
  if (channelData.length > LONGEST_CHANNEL_DATA) return tooLarge
  const { user_id: id, user_info: info } = fieldsOf(channelData)
  return member(app, typeof id === 'number' ? asText(id) : id, info)
}

function member(app: App, id: unknown, info: unknown): Member | Refusal {
  if (!isUserId(id)) return invalid('The user_id must be a text of 1 to 255 characters, or a whole number.')
  const text = asJson(info)
  if (text === undefined || Buffer.byteLength(text) > LONGEST_USER_INFO) return tooLarge
  return { id, info: text, most: limitsOf(app).presenceMembers }
}

/** A number that JSON cannot keep would be another user's. */
function asText(id: number): string | undefined {
  return Number.isSafeInteger(id) ? String(id) : undefined
}

const tooLarge = invalid(`The user_info has at most ${LONGEST_USER_INFO} bytes.`)

function invalid(error: string): Refusal {
  return { type: 'InvalidMember', error, status: 400 }
}
