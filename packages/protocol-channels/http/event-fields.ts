import type { App } from '@carillon/contract'
import { isChannelName, isUserId, userOfChannel } from '../channel-name.ts'
import { limitsOf, LONGEST_EVENT_NAME } from '../limits.ts'
import { malformed, tooLarge } from '@carillon/request'

/** Names that clients trust to come from the server itself. */
const RESERVED = /^pusher(?:_internal)?:/

/** @throws Refusal 400 */
export function eventName(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw malformed('name must be the name of the event.')
  if (value.length > LONGEST_EVENT_NAME) throw malformed(`name may have at most ${LONGEST_EVENT_NAME} characters.`)
  if (RESERVED.test(value)) throw malformed('name may not begin with pusher: or pusher_internal:.')
  return value
}

/** @throws Refusal 400, or 413 beyond the app's limit */
export function eventData(value: unknown, app: App): string {
  if (typeof value !== 'string') throw malformed('data must be a string; encode anything else as JSON.')
  const { eventBytes } = limitsOf(app)
  const bytes = Buffer.byteLength(value)
  if (bytes > eventBytes) throw tooLarge(`data may have at most ${eventBytes} bytes in this app; it has ${bytes}.`)
  return value
}

/** A channel that may be published to, a user's own one included. @throws Refusal 400 */
export function publishedChannel(value: unknown, app: App): string {
  const user = typeof value === 'string' ? userOfChannel(value) : undefined
  if (user === undefined) return channelName(value)
  const { userIdCharacters } = limitsOf(app)
  if (isUserId(user, userIdCharacters)) return value as string
  throw malformed(`The id of a user has 1 to ${userIdCharacters} characters in this app.`)
}

/** @throws Refusal 400 */
export function channelName(value: unknown): string {
  if (typeof value === 'string' && isChannelName(value)) return value
  throw malformed('A channel must be 1 to 200 of letters, digits and _ - = @ , . ;')
}

/** @throws Refusal 400 */
export function socketId(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' && /^\d+\.\d+$/.test(value)) return value
  throw malformed('socket_id must be the id of a connection, such as 123.456.')
}
