import type { App, RealtimeMessage } from '@carillon/contract'
import type { ChannelNamespace, Hub } from '@carillon/hub'
import { kindOf, PROTOCOL, serverToUserChannel } from '../channel-name.ts'
import { channelEvent } from '../events.ts'
import { isListed } from '../http/channels.ts'
import { readEvent } from '../http/events.ts'
import { publish } from '../publish.ts'
import { PassingEvent } from './passing-event.ts'

/** What an operator sees and does on the channels of an app, over all processes. It holds no connections itself. */
export interface LiveChannels {
  /** What is connected now. */
  connected(app: number, query: ConnectedQuery): Promise<Connected>
  /**
   * Hears each event as it passes, on channels and to people. Without a watch, events cost nothing more.
   * @returns what ends the watch
   */
  watch(app: number, listener: (event: PassingEvent) => void): Promise<() => Promise<void>>
  /** Checks an event as `POST /apps/{id}/events` does. @returns what sends it. @throws Refusal */
  prepare(app: App, event: { channel: string; name: string; data: string }): () => Promise<void>
}

interface ConnectedQuery {
  /** What the names of the channels begin with. */
  prefix: string
  /** How many channels are described. */
  most: number
}

export interface Connected {
  /** Connections, on whichever protocol. */
  connections: number
  /** Users who are signed in. */
  users: number
  /** How many channels somebody is on. */
  occupied: number
  /** Whether there are no other channels: no more than 2,000 are looked at. */
  isAll: boolean
  /** How many of them begin with the prefix. */
  fitting: number
  /** Those with the most subscriptions, of the ones that begin with it. */
  channels: OccupiedChannel[]
}

export interface OccupiedChannel {
  name: string
  subscriptions: number
  /** Who is on a presence channel: how many, and the ids of some. */
  members?: { count: number; some: string[] }
}

const LOOKED_AT = 2000
const MOST_MEMBERS = 20

export function liveChannels(hub: Hub): LiveChannels {
  const namespace = hub.openNamespace({ protocol: PROTOCOL })
  return {
    async connected(app, { prefix, most }) {
      const [connections, users, { members, isAll }] = await Promise.all([
        hub.connections.count(app),
        hub.users.online(app),
        namespace.sample(app, LOOKED_AT),
      ])
      const occupied = [...members].filter(([name]) => isListed(name))
      const fitting = occupied.filter(([name]) => name.startsWith(prefix)).toSorted(bySubscriptions)
      const channels = fitting.slice(0, most).map(([name, count]) => describe(namespace, app, name, count))
      return {
        connections,
        users,
        occupied: occupied.length,
        isAll,
        fitting: fitting.length,
        channels: await Promise.all(channels),
      }
    },
    async watch(app, listener) {
      const stopChannels = await namespace.watch(app, (channel, frame) => listener(new PassingEvent(channel, frame)))
      const stopUsers = await hub.users
        .watch(app, (user, message) => listener(eventTo(user, message)))
        .catch(async (error: unknown) => {
          await stopChannels()
          throw error
        })
      return async () => void (await Promise.all([stopChannels(), stopUsers()]))
    },
    prepare(app, event) {
      const { message } = readEvent(app, event)
      return () => publish({ namespace, hub }, message)
    },
  }
}

/** As a client of Pusher Channels receives it. */
function eventTo(user: string, { event, data }: RealtimeMessage): PassingEvent {
  const channel = serverToUserChannel(user)
  return new PassingEvent(channel, channelEvent(channel, event, typeof data === 'string' ? data : JSON.stringify(data)))
}

type Counted = [name: string, subscriptions: number]

/** Channels with equally many stay in one order. */
function bySubscriptions([name, count]: Counted, [otherName, otherCount]: Counted): number {
  return otherCount - count || (name < otherName ? -1 : 1)
}

async function describe(
  namespace: ChannelNamespace,
  app: number,
  name: string,
  subscriptions: number,
): Promise<OccupiedChannel> {
  if (!kindOf(name).isPresence) return { name, subscriptions }
  const channel = { app, name }
  const [count, { members }] = await Promise.all([
    namespace.memberCount(channel),
    namespace.someMembers(channel, MOST_MEMBERS),
  ])
  return { name, subscriptions, members: { count, some: [...members.keys()].toSorted().slice(0, MOST_MEMBERS) } }
}
