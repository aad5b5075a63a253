import { errorCode } from '@carillon/contract'
import { kindOf } from '../channel-name.ts'
import { CLIENT_EVENTS_PER_SECOND, limitsOf, LONGEST_EVENT_NAME } from '../limits.ts'
import type { Connection } from './connection.ts'
import { asJson, type Frame } from './frame.ts'

/** Code of an error, not of a close: the event is dropped, the connection stays. */
const TOO_MANY = 4301

/** Hands what a client says to the others on a channel, as it says it. */
export function clientEvent(connection: Connection, frame: Frame): void {
  const wrong = wrongWithPlace(connection, frame) ?? wrongWithWords(connection, frame)
  if (wrong !== undefined) return connection.complain(wrong, frame.channel)
  if (connection.clientEvents.take()) return forward(connection, frame)
  const message = `Dropped: a connection may send ${CLIENT_EVENTS_PER_SECOND} client events a second.`
  connection.complain(message, frame.channel, TOO_MANY)
}

function wrongWithPlace(connection: Connection, { channel }: Frame): string | undefined {
  const { app, parts } = connection
  if (!app.settings.clientEvents) return 'This app takes no client events: its setting clientEvents is off.'
  if (channel === undefined || !parts.space.isOn(connection, { app: app.id, name: channel })) {
    return 'Subscribe to the channel before you send client events to it.'
  }
  const { isPrivate, isEncrypted } = kindOf(channel)
  if (!isPrivate) return 'Client events are for private and presence channels.'
  return isEncrypted ? 'Client events are not encrypted, so an encrypted channel takes none.' : undefined
}

function wrongWithWords({ app }: Connection, { event, data }: Frame): string | undefined {
  if (event.length > LONGEST_EVENT_NAME) return `The name of an event has at most ${LONGEST_EVENT_NAME} characters.`
  const { eventBytes } = limitsOf(app)
  const text = asText(data)
  if (text === undefined) return 'The data is nested too deeply.'
  return Buffer.byteLength(text) > eventBytes ? `The data of an event has at most ${eventBytes} bytes.` : undefined
}

function forward(connection: Connection, { event, channel = '', data }: Frame): void {
  const { app, id, parts } = connection
  const name = { app: app.id, name: channel }
  // Never what the client itself says: only channels with presence know who it is.
  const user = parts.space.memberOf(connection, name)
  const from = user === undefined ? {} : { user_id: user }
  parts.space.publish(name, JSON.stringify({ event, channel, data, ...from }), id).catch((error: unknown) => {
    parts.log.warn({ code: errorCode(error) }, 'a client event may not have reached everyone')
  })
  parts.webhooks.tell(app.id, {
    name: 'client_event',
    channel,
    event,
    data: asText(data) ?? '',
    socket_id: id,
    ...from,
  })
}

/** Text as it is, anything else as JSON. */
function asText(data: unknown): string | undefined {
  return typeof data === 'string' ? data : asJson(data)
}
