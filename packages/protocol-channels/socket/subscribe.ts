import type { App } from '@carillon/contract'
import type { ChannelMember, Subscribed } from '@carillon/hub'
import { kindOf, userOfChannel } from '../channel-name.ts'
import { cacheMiss, channelEvent, internalEvent, memberInfo, subscriptionError } from '../events.ts'
import { lastEvent } from '../publish.ts'
import {
  needsAuthority,
  readSubscription,
  type SubscriptionRefusal,
  refusedAtOnce,
  type Subscription,
  unauthorized,
} from './access.ts'
import type { ChannelsClient } from './client.ts'
import { fieldsOf, type ClientFrame } from './frame.ts'
import { readMember } from './access.ts'

/** Seconds within which an app is notified once that a cache channel is empty. */
const MISS_S = 10

/** Puts a connection on a channel. */
export async function subscribe(client: ChannelsClient, { data }: ClientFrame): Promise<void> {
  const asked = readSubscription(data)
  if (!asked) return client.complain('Name the channel to subscribe to.')
  const { channel } = asked
  if (client.deps.namespace.isOn(client, { app: client.app.id, name: channel })) {
    return client.complain(`Existing subscription to channel ${channel}`, channel)
  }
  const refused = refusedAtOnce(client, channel)
  if (refused) return refuse(client, channel, refused)
  const app = needsAuthority(channel) ? await client.currentApp() : client.app
  if (app) await subscribeTo(client, app, asked)
}

/** Takes a connection off a channel, without an answer. */
export async function unsubscribe(client: ChannelsClient, { data }: ClientFrame): Promise<void> {
  const { channel } = fieldsOf(data)
  if (typeof channel !== 'string') return client.complain('Name the channel to unsubscribe from.')
  const { app, deps } = client
  const count = await deps.namespace.unsubscribe(client, { app: app.id, name: channel })
  if (count !== null) return deps.counts.changed(app, channel, count)
  client.complain(`No current subscription to channel ${channel}, or subscription in progress`, channel)
}

async function subscribeTo(client: ChannelsClient, app: App, asked: Subscription): Promise<void> {
  const { channel, channelData } = asked
  const refused = needsAuthority(channel) ? unauthorized(client, app, asked) : undefined
  if (refused) return refuse(client, channel, refused)
  const member = kindOf(channel).isPresence ? readMember(app, client.user, channelData) : undefined
  if (member && 'error' in member) return refuse(client, channel, member)
  const subscribed = await comeIn(client, channel, member)
  if (subscribed) return welcome(client, app, channel, subscribed)
  refuse(client, channel, { type: 'LimitReached', error: 'The channel has reached its limit of members.', status: 403 })
}

function welcome(client: ChannelsClient, app: App, channel: string, { count }: Subscribed): void {
  const { deps } = client
  if (needsAuthority(channel)) client.authorized()
  deps.counts.changed(app, channel, count)
  const user = userOfChannel(channel)
  if (user !== undefined) deps.hub.users.listens(app.id, user)
}

async function comeIn(client: ChannelsClient, channel: string, member: ChannelMember | undefined) {
  const { namespace } = client.deps
  const { isCache } = kindOf(channel)
  const greet = ({ members }: Subscribed) => {
    client.send(internalEvent(channel, 'subscription_succeeded', member ? presence(members) : {}))
    if (isCache) client.hold() // the last event comes before what follows it
  }
  try {
    const subscribed = await namespace.subscribe(client, { app: client.app.id, name: channel }, member, greet)
    if (subscribed && isCache) await sendLastEvent(client, channel)
    return subscribed
  } finally {
    client.release()
  }
}

/** Sends what a cache channel remembers. Its app gets a webhook when that is nothing. */
async function sendLastEvent(client: ChannelsClient, channel: string): Promise<void> {
  const { app, deps } = client
  const last = await lastEvent(deps, app.id, channel)
  if (last) return client.send(channelEvent(channel, last.event, last.data))
  client.send(cacheMiss(channel))
  if (await deps.hub.cache.first(`channels-miss:${app.id}:${channel}`, MISS_S)) {
    deps.webhooks.notify(app.id, { name: 'cache_miss', channel })
  }
}

function presence(members: Subscribed['members']): object {
  const hash = [...members].map(([id, info]) => [id, memberInfo(info) ?? null] as const)
  return { presence: { ids: [...members.keys()], hash: Object.fromEntries(hash), count: members.size } }
}

function refuse(client: ChannelsClient, channel: string, { type, error, status }: SubscriptionRefusal): void {
  client.send(subscriptionError(channel, { type, error, status }))
}
