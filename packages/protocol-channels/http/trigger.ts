import type { App } from '@carillon/contract'
import { kindOf } from '../channel-name.ts'
import { MOST_CHANNELS } from '../limits.ts'
import type { ChannelsParts } from '../parts.ts'
import { publish } from '../publish.ts'
import { jsonOf } from './body.ts'
import type { Call } from './call.ts'
import { eventData, eventName, publishedChannel, socketId } from './event-fields.ts'
import { countsOf, readEventInfo } from './info.ts'
import { malformed } from '@carillon/request'

/** `POST /events`: one event to one channel or to many. */
export async function trigger(parts: ChannelsParts, { app, body }: Call): Promise<object> {
  const { name, data, channel, channels, socket_id, info } = jsonOf(body)
  const event = { app: app.id, event: eventName(name), data: eventData(data, app), except: socketId(socket_id) }
  const names = channelsOf(app, channels ?? (channel === undefined ? undefined : [channel]))
  const wanted = readEventInfo(info)
  // Counted first: a failure must not look as if nothing had been published.
  const counts = wanted && (await countsOf(parts.namespace, app.id, names, wanted))
  await Promise.all(names.map((each) => publish(parts, { ...event, channel: each })))
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
