import { cacheMiss, channelEvent } from '../events.ts'
import { lastEvent } from '../publish.ts'
import type { Connection } from './connection.ts'

/** Seconds in which an app hears once that a channel has nothing to show. */
const MISS_S = 10

/** What a cache channel remembers, to whoever comes; the app is told when that is nothing. */
export async function sendLastEvent(connection: Connection, channel: string): Promise<void> {
  const { app, parts } = connection
  const last = await lastEvent(parts, app.id, channel)
  if (last) return connection.send(channelEvent(channel, last.event, last.data))
  connection.send(cacheMiss(channel))
  if (await parts.hub.cache.first(`channels-miss:${app.id}:${channel}`, MISS_S)) {
    parts.webhooks.tell(app.id, { name: 'cache_miss', channel })
  }
}
