import {
  type Cluster,
  type Counted,
  errorCode,
  type Logger,
  type OnFault,
  type DebouncedChange,
} from '@carillon/contract'
import { AppConnections } from './app-connections.ts'
import { EventTap } from './event-tap.ts'
import { RequestReply } from './request-reply.ts'
import { FanOut } from './fan-out.ts'
import { ChannelNamespace, type ChannelNamespaceOptions } from './channel-namespace.ts'
import { Users } from './users.ts'
import { Watches } from './watches.ts'

/** Manages apps, channels, users and their presence across all processes. It knows neither sockets nor HTTP. */
export interface Hub {
  users: Users
  watches: Watches
  connections: AppConnections
  requestReply: RequestReply
  /** For what is no channel. */
  backplane: Cluster['backplane']
  /** What outlives a tick, for all processes. */
  cache: Cluster['cache']
  roster: Cluster['roster']
  /** Called when a message was dropped. */
  onFault: OnFault
  /** The channels of a protocol. Only the first one that a process opens may be subscribed to. */
  openNamespace(options: ChannelNamespaceOptions): ChannelNamespace
  /** Hands over what was published in this tick: before a session is sent anything else, so that order is kept. */
  flush(): void
  /** Calls the listener for debounced arrivals and departures of roster members. */
  onDebounced(listener: (debounced: DebouncedChange) => void): void
  /** Hears whose counts changed without a join or a leave, many at once. */
  onRecounted(listener: (members: readonly Counted[]) => void): void
  /** Calls the listener for each connection of a user, once it can be notified. */
  onArrived(listener: (app: number, user: string) => void): void
}

export interface HubOptions {
  cluster: Cluster
  log: Logger
  /** Hears of messages that were dropped; default: the log does. */
  onFault?: OnFault
}

export function createHub({ cluster, log, onFault = faultsTo(log) }: HubOptions): Hub {
  const { backplane, roster, cache } = cluster
  const report = (error: unknown) =>
    log.warn({ code: errorCode(error) }, 'communication between the realtime processes failed')
  const fanOut = new FanOut()
  const tap = new EventTap(backplane)
  const requestReply = new RequestReply(backplane, onFault)
  const debounced: ((debounced: DebouncedChange) => void)[] = []
  const recounted: ((members: readonly Counted[]) => void)[] = []
  const arrived: ((app: number, user: string) => void)[] = []
  /** What one listener throws keeps nothing from the others. */
  const attempt = (tell: () => void) => {
    try {
      tell()
    } catch (error) {
      onFault(error)
    }
  }
  const listenToCluster = () =>
    cluster.onDebounced((some) => {
      for (const each of some) for (const listener of debounced) attempt(() => listener(each))
    })
  return {
    users: new Users({
      backplane,
      roster,
      requestReply,
      tap,
      arrived: (app, user) => {
        for (const listener of arrived) attempt(() => listener(app, user))
      },
    }),
    watches: new Watches({ backplane, roster, report }),
    connections: new AppConnections(backplane, roster),
    requestReply,
    backplane,
    cache,
    roster,
    onFault,
    openNamespace: (options) => new ChannelNamespace({ ...options, backplane, roster, fanOut, tap, report }),
    flush: () => fanOut.flush(),
    onDebounced(listener) {
      // Not earlier: a message to a process without a listener is lost.
      if (debounced.push(listener) === 1) listenToCluster()
    },
    onRecounted(listener) {
      if (recounted.push(listener) > 1) return
      cluster.onRecounted((members) => {
        for (const each of recounted) attempt(() => each(members))
      })
    },
    onArrived: (listener) => void arrived.push(listener),
  }
}

function faultsTo(log: Logger): OnFault {
  return (error) => log.warn({ code: errorCode(error) }, 'a message from another process was dropped')
}
