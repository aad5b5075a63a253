import type { ChannelsParts } from '../parts.ts'
import { lastEvent } from '../publish.ts'
import type { Call } from './call.ts'
import { channelName } from './event-fields.ts'
import { checkCountable, countsOf, readInfo } from './info.ts'

/** `GET /channels/{channel}` */
export async function channel(parts: ChannelsParts, { app, subject, query }: Call): Promise<object> {
  const name = channelName(subject)
  const wanted = readInfo(query.get('info'), ['user_count', 'subscription_count', 'cache'])
  checkCountable(wanted, name)
  const [[subscriptions = 0], [counts], cache] = await Promise.all([
    parts.namespace.counts(app.id, [name]),
    countsOf(parts.namespace, app.id, [name], wanted),
    wanted.has('cache') ? cached(parts, app.id, name) : undefined,
  ])
  return { occupied: subscriptions > 0, ...counts, cache }
}

/** `ttl` in seconds; null when nothing is kept, as on all but cache channels. */
async function cached(parts: ChannelsParts, app: number, name: string): Promise<{ data: string; ttl: number } | null> {
  const last = await lastEvent(parts, app, name)
  return last && { data: last.data, ttl: last.ttl }
}
