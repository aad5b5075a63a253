import { errorCode } from '@carillon/contract'
import { kindOf } from '../channel-name.ts'
import { CLIENT_EVENTS_PER_SECOND, limitsOf, LONGEST_EVENT_NAME } from '../limits.ts'
import type { ChannelsClient } from './client.ts'
import type { ClientFrame } from './frame.ts'
import { rawField } from './frame.ts'

/** Code of an error, not of a close: the event is dropped, the connection stays. */
const TOO_MANY = 4301

/** Hands what a client says to the others on a channel, as it says it. */
export async function clientEvent(client: ChannelsClient, frame: ClientFrame): Promise<void> {
  if (!(await client.currentApp())) return
  const wrong = wrongWithPlace(client, frame) ?? wrongWithWords(client, frame)
  if (wrong !== undefined) return client.complain(wrong, frame.channel)
  if (client.clientEvents.take()) return forward(client, frame)
  const message = `The event was dropped: a connection may send ${CLIENT_EVENTS_PER_SECOND} client events per second.`
  client.complain(message, frame.channel, TOO_MANY)
}

function wrongWithPlace(client: ChannelsClient, { channel }: ClientFrame): string | undefined {
  const { app, deps } = client
  if (!app.settings.clientEvents) return 'This app does not allow client events: its setting clientEvents is off.'
  if (channel === undefined || !deps.namespace.isOn(client, { app: app.id, name: channel })) {
    return 'Subscribe to the channel before you send client events to it.'
  }
  const { isPrivate, isEncrypted } = kindOf(channel)
  if (!isPrivate) return 'Client events are allowed only on private and presence channels.'
  return isEncrypted ? 'Client events are not encrypted, so encrypted channels do not allow them.' : undefined
}

function wrongWithWords({ app }: ChannelsClient, { event, data, text }: ClientFrame): string | undefined {
  if (event.length > LONGEST_EVENT_NAME) return `The name of an event has at most ${LONGEST_EVENT_NAME} characters.`
  const { eventBytes } = limitsOf(app)
  return Buffer.byteLength(asText(data, text)) > eventBytes
    ? `The data of an event has at most ${eventBytes} bytes.`
    : undefined
}

function forward(client: ChannelsClient, { event, channel = '', data, text }: ClientFrame): void {
  const { app, id, deps } = client
  const name = { app: app.id, name: channel }
  // Never what the client itself says: only channels with presence know who it is.
  const user = deps.namespace.memberOf(client, name)
  const from = user === undefined ? {} : { user_id: user }
  const forwarded = withRaw({ event, channel, ...from }, 'data', rawField(text, 'data'))
  deps.namespace.publish(name, forwarded, id).catch((error: unknown) => {
    deps.log.warn({ code: errorCode(error) }, 'a client event may not have reached all clients')
  })
  deps.webhooks.notify(app.id, {
    name: 'client_event',
    channel,
    event,
    data: asText(data, text),
    socket_id: id,
    ...from,
  })
}

/** Text as it is, anything else as the JSON that was sent; nothing is ''. */
function asText(data: unknown, text: string): string {
  return typeof data === 'string' ? data : (rawField(text, 'data') ?? '')
}

/** JSON of an object with one more field, which is JSON already. */
function withRaw(fields: object, name: string, raw: string | undefined): string {
  const json = JSON.stringify(fields)
  return raw === undefined ? json : `${json.slice(0, -1)},${JSON.stringify(name)}:${raw}}`
}
