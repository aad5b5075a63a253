import type { App } from '@carillon/contract'
import { malformed, Refusal, textOf, tooLarge } from '@carillon/http'
import { Hono } from 'hono'
import { isUserId, kindOf, userOfChannel } from '../channel-name.ts'
import { limitsOf, LONGEST_EVENT_NAME, MOST_CHANNELS, MOST_EVENTS } from '../limits.ts'
import type { ChannelsDeps } from '../deps.ts'
import { type ChannelMessage, publish } from '../publish.ts'
import { type Attribute, channelName, countsOf, readEventInfo } from './channels.ts'
import { type ChannelsContext, type ChannelsEnv, signed } from './signed-request.ts'

/** Names that clients trust to come from the server itself. */
const RESERVED = /^pusher(?:_internal)?:/

/** Endpoints that publish. */
export function eventRoutes(deps: ChannelsDeps): Hono<ChannelsEnv> {
  return new Hono<ChannelsEnv>()
    .post('/events', signed(deps, trigger))
    .post('/batch_events', signed(deps, triggerBatch))
    .post('/channels/:channel/events', signed(deps, triggerOnChannel, 202))
}

/** One event to one channel or to many. @throws Refusal 400, or 413 */
async function trigger(deps: ChannelsDeps, c: ChannelsContext, body: Uint8Array): Promise<object> {
  const app = c.get('app')
  const { name, data, channel, channels, socket_id, info } = jsonOf(body)
  const event = { app: app.id, event: eventName(name), data: eventData(data, app), except: socketId(socket_id) }
  const names = channelsOf(app, channels ?? (channel === undefined ? undefined : [channel]))
  const wanted = readEventInfo(info)
  // Counted first: a failure must not look as if nothing had been published.
  const counts = wanted && (await countsOf(deps.namespace, app.id, names, wanted))
  await Promise.all(names.map((each) => publish(deps, { ...event, channel: each })))
  return counts ? { channels: Object.fromEntries(names.map((each, index) => [each, counts[index]])) } : {}
}

/** Each once. */
function channelsOf(app: App, value: unknown): string[] {
  if (!Array.isArray(value) || value.length === 0) throw malformed('channels must be a list of channels.')
  if (value.length > MOST_CHANNELS) throw malformed(`channels may have at most ${MOST_CHANNELS} entries.`)
  const names = [...new Set(value.map((each) => publishedChannel(each, app)))]
  // Each encrypted channel has a key of its own, so what is right for one is noise on the others.
  if (value.length > 1 && names.some((name) => kindOf(name).isEncrypted)) {
    throw malformed('An encrypted channel must be the only one of its event.')
  }
  return names
}

interface BatchEvent {
  message: ChannelMessage
  /** Undefined where nothing is asked. */
  wanted: ReadonlySet<Attribute> | undefined
}

/** Several events, all of which are checked before any is published. */
async function triggerBatch(deps: ChannelsDeps, c: ChannelsContext, body: Uint8Array): Promise<object> {
  const app = c.get('app')
  const events = eventsOf(jsonOf(body).batch).map((event, index) => readNumbered(app, event, index))
  const counts = await Promise.all(
    events.map(({ message, wanted }) => countsOf(deps.namespace, app.id, [message.channel], wanted ?? new Set())),
  )
  await Promise.all(events.map(({ message }) => publish(deps, message)))
  return events.some(({ wanted }) => wanted) ? { batch: counts.flat() } : {}
}

function eventsOf(value: unknown): unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw malformed('batch must be a list of events.')
  if (value.length > MOST_EVENTS) throw malformed(`batch may have at most ${MOST_EVENTS} events.`)
  return value
}

function readNumbered(app: App, event: unknown, index: number): BatchEvent {
  try {
    return readEvent(app, event)
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(error.status, `Event ${index + 1}: ${error.message}`) : error
  }
}

/** @throws Refusal 400, or 413 */
export function readEvent(app: App, event: unknown): BatchEvent {
  if (!isObject(event)) throw malformed('it must be an object.')
  const channel = publishedChannel(event.channel, app)
  const wanted = readEventInfo(event.info)
  const [name, data, except] = [eventName(event.name), eventData(event.data, app), socketId(event.socket_id)]
  return { message: { app: app.id, channel, event: name, data, except }, wanted }
}

/** How old SDKs trigger: the body is the event's data as it is. */
async function triggerOnChannel(deps: ChannelsDeps, c: ChannelsContext, body: Uint8Array): Promise<object> {
  const [app, query] = [c.get('app'), c.get('query')]
  await publish(deps, {
    app: app.id,
    channel: publishedChannel(c.req.param('channel'), app),
    event: eventName(query.get('name')),
    data: eventData(textOf(body), app),
    except: socketId(query.get('socket_id')),
  })
  return {}
}

/** @throws Refusal 400 */
function eventName(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw malformed('name must be the name of the event.')
  if (value.length > LONGEST_EVENT_NAME) throw malformed(`name may have at most ${LONGEST_EVENT_NAME} characters.`)
  if (RESERVED.test(value)) throw malformed('name must not begin with pusher: or pusher_internal:.')
  return value
}

/** @throws Refusal 400, or 413 beyond the app's limit */
function eventData(value: unknown, app: App): string {
  if (typeof value !== 'string') throw malformed('data must be a string; encode anything else as JSON.')
  const { eventBytes } = limitsOf(app)
  const bytes = Buffer.byteLength(value)
  if (bytes > eventBytes) throw tooLarge(`data may have at most ${eventBytes} bytes in this app; it has ${bytes}.`)
  return value
}

/** A channel that may be published to, a user's own one included. @throws Refusal 400 */
function publishedChannel(value: unknown, app: App): string {
  const user = typeof value === 'string' ? userOfChannel(value) : undefined
  if (user === undefined) return channelName(value)
  const { userIdCharacters } = limitsOf(app)
  if (isUserId(user, userIdCharacters)) return value as string
  throw malformed(`The id of a user has 1 to ${userIdCharacters} characters in this app.`)
}

/** @throws Refusal 400 */
function socketId(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' && /^\d+\.\d+$/.test(value)) return value
  throw malformed('socket_id must be the id of a connection, such as 123.456.')
}

/** @throws Refusal 400 */
function jsonOf(body: Uint8Array): Record<string, unknown> {
  const value = parse(textOf(body))
  if (isObject(value)) return value
  throw malformed('The body must be a JSON object.')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('The body is not JSON.')
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
