import type { App } from '@carillon/contract'
import type { Member, Subscribed } from '@carillon/hub'
import { kindOf, userOfChannel } from '../channel-name.ts'
import { internalEvent, memberInfo, subscriptionError } from '../events.ts'
import { needsAuthority, type Refusal, refusedAtOnce, unauthorized } from './access.ts'
import type { Connection } from './connection.ts'
import type { Frame } from './frame.ts'
import { sendLastEvent } from './last-event.ts'
import { readMember } from './member.ts'
import { readSubscription, type Subscription } from './subscription.ts'

/** Puts a connection on a channel. */
export async function subscribe(connection: Connection, { data }: Frame): Promise<void> {
  const asked = readSubscription(data)
  if (!asked) return connection.complain('Name the channel to subscribe to.')
  const { channel } = asked
  if (connection.parts.namespace.isOn(connection, { app: connection.app.id, name: channel })) {
    return connection.complain(`Existing subscription to channel ${channel}`, channel)
  }
  const refused = refusedAtOnce(connection, channel)
  if (refused) return refuse(connection, channel, refused)
  const app = needsAuthority(channel) ? await connection.currentApp() : connection.app
  if (app) await subscribeTo(connection, app, asked)
}

async function subscribeTo(connection: Connection, app: App, asked: Subscription): Promise<void> {
  const { channel, channelData } = asked
  const refused = needsAuthority(channel) ? unauthorized(connection, app, asked) : undefined
  if (refused) return refuse(connection, channel, refused)
  const member = kindOf(channel).isPresence ? readMember(app, connection.user, channelData) : undefined
  if (member && 'error' in member) return refuse(connection, channel, member)
  const subscribed = await comeIn(connection, channel, member)
  if (subscribed) return welcome(connection, app, channel, subscribed)
  refuse(connection, channel, { type: 'LimitReached', error: 'The channel takes no more members.', status: 403 })
}

function welcome(connection: Connection, app: App, channel: string, { count }: Subscribed): void {
  const { parts } = connection
  if (needsAuthority(channel)) connection.authorized()
  parts.counts.changed(app, channel, count)
  const user = userOfChannel(channel)
  if (user !== undefined) parts.hub.users.listens(app.id, user)
}

async function comeIn(connection: Connection, channel: string, member: Member | undefined) {
  const { namespace } = connection.parts
  const { isCache } = kindOf(channel)
  const greet = ({ members }: Subscribed) => {
    connection.send(internalEvent(channel, 'subscription_succeeded', member ? presence(members) : {}))
    if (isCache) connection.hold() // the last event comes before what follows it
  }
  try {
    const subscribed = await namespace.subscribe(connection, { app: connection.app.id, name: channel }, member, greet)
    if (subscribed && isCache) await sendLastEvent(connection, channel)
    return subscribed
  } finally {
    connection.release()
  }
}

function presence(members: Subscribed['members']): object {
  const hash = [...members].map(([id, info]) => [id, memberInfo(info) ?? null] as const)
  return { presence: { ids: [...members.keys()], hash: Object.fromEntries(hash), count: members.size } }
}

function refuse(connection: Connection, channel: string, { type, error, status }: Refusal): void {
  connection.send(subscriptionError(channel, { type, error, status }))
}
