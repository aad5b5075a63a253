import { messageFormat } from '@carillon/contract'
import * as z from 'zod'
import { kindOf } from './channel-name.ts'
import { channelEvent } from './events.ts'
import { CACHE_S } from './limits.ts'
import type { ChannelsDeps } from './deps.ts'

export interface ChannelMessage {
  app: number
  channel: string
  event: string
  data: string
  /** Id of the connection that does not get it. */
  except?: string | undefined
}

const KEPT_EVENT = messageFormat('cached event', z.object({ event: z.string(), data: z.string() }))

/** An event that the application triggered, to everyone on the channel; a cache channel remembers it. */
export async function publish(
  { namespace, hub }: Pick<ChannelsDeps, 'namespace' | 'hub'>,
  message: ChannelMessage,
): Promise<void> {
  const { app, channel, event, data, except } = message
  const frame = channelEvent(channel, event, data)
  if (kindOf(channel).isCache) await hub.cache.set(cacheKey(app, channel), KEPT_EVENT.write({ event, data }), CACHE_S)
  await namespace.publish({ app, name: channel }, frame, except)
}

/** The last event of a cache channel. */
export async function lastEvent({ hub }: Pick<ChannelsDeps, 'hub'>, app: number, channel: string) {
  const kept = await hub.cache.get(cacheKey(app, channel))
  const last = kept && KEPT_EVENT.tryRead(kept.value, hub.onFault)
  return last ? { ...last, ttl: kept.ttl } : null
}

function cacheKey(app: number, channel: string): string {
  return `channels:${app}:${channel}`
}
