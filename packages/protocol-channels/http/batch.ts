import type { App } from '@carillon/contract'
import { MOST_EVENTS } from '../limits.ts'
import type { ChannelsParts } from '../parts.ts'
import { type ChannelMessage, publish } from '../publish.ts'
import { isObject, jsonOf } from './body.ts'
import type { Call } from './call.ts'
import { eventData, eventName, publishedChannel, socketId } from './event-fields.ts'
import { type Attribute, countsOf, readEventInfo } from './info.ts'
import { malformed, Refusal } from '@carillon/request'

interface BatchEvent {
  message: ChannelMessage
  /** Undefined where nothing is asked. */
  wanted: ReadonlySet<Attribute> | undefined
}

/** `POST /batch_events`: several events, all of which are looked at before any is published. */
export async function batch(parts: ChannelsParts, { app, body }: Call): Promise<object> {
  const events = eventsOf(jsonOf(body).batch).map((event, index) => readNumbered(app, event, index))
  const counts = await Promise.all(
    events.map(({ message, wanted }) => countsOf(parts.namespace, app.id, [message.channel], wanted ?? new Set())),
  )
  await Promise.all(events.map(({ message }) => publish(parts, message)))
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

function readEvent(app: App, event: unknown): BatchEvent {
  if (!isObject(event)) throw malformed('it must be an object.')
  const channel = publishedChannel(event.channel, app)
  const wanted = readEventInfo(event.info)
  const [name, data, except] = [eventName(event.name), eventData(event.data, app), socketId(event.socket_id)]
  return { message: { app: app.id, channel, event: name, data, except }, wanted }
}
