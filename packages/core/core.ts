import {
  type Backplane,
  type Callbacks,
  CarillonError,
  type Logger,
  type Observer,
  type PushAllCommand,
  type PushCommand,
  type PusherStore,
  type PushFilter,
  type Tracer,
} from '@carillon/contract'
import type { Queue } from '@carillon/queue'
import type { Store } from '@carillon/store'
import { acceptBroadcast, type AcceptDeps, type Accepted, acceptPush } from './accept/accept.ts'
import { askingFirst, inOneStatement } from './accept/insert-pushes.ts'
import { onArrival, replayDead, replayPush } from './accept/make-due.ts'
import { acceptCallbacks } from './callbacks.ts'
import { IdleWorkers } from './dispatch/idle-workers.ts'
import { notifierOn, PAGES_IN_FLIGHT } from './notifier.ts'
import { wakeOverdue } from './sweep/wake-due.ts'

/** What callers of the API set in motion. Each promise resolves once its row is committed. */
export interface Core {
  /**
   * @throws CarillonError `pusher_not_found`, or `sender_not_enabled` unless forced, or
   * `invalid_field` when the sender's schema refuses the data.
   */
  push(command: PushCommand): Promise<Accepted>
  /** @throws CarillonError `invalid_field` when the sender's schema refuses the data. */
  pushAll(command: PushAllCommand): Promise<{ name: string }>
  /** @throws CarillonError `push_not_found` or `broadcast_not_found`: unknown or done; `push_sending`: too late. */
  cancel(app: number, sender: string, name: string): Promise<void>
  /** Removes a pusher, cancels its pending pushes and erases its personal data from history. */
  removePusher(app: number, id: string): Promise<void>
  /** @throws CarillonError `push_not_found`, or `conflict` when it is not dead or a push of its name is pending. */
  replay(app: number, id: string): Promise<void>
  /**
   * Replays many dead pushes, newest first, passing over those whose name is pending.
   * @returns how many, and the `after` to go on with; null when that was all.
   */
  replayDead(
    app: number,
    filter: PushFilter & { after?: string | undefined },
  ): Promise<{ replayed: number; next: string | null }>
  /** Lets an app's pushes through a paused sender go again. */
  resumeSender(app: number, sender: string): Promise<void>
  /** Calls to other servers, retried until they are accepted. */
  callbacks: Callbacks
  /** Makes the pushes due that wait for a user who has connected. Never rejects. */
  arrived(app: number, user: string): Promise<void>
  /** Lets a paused broadcast go on. @throws CarillonError `broadcast_not_found` or `broadcast_done`. */
  resumeBroadcast(app: number, name: string): Promise<void>
}

export interface CoreDeps {
  store: Store
  /** The store's own, or a foreign one. */
  pushers: PusherStore
  queue: Queue
  /** On which processes speak of their work. */
  backplane(): Promise<Backplane>
  senders: AcceptDeps['senders']
  /** Names of the senders whose pushes wait for live connections. */
  wakesOnConnect: readonly string[]
  log: Logger
  observer: Observer
  tracer: Tracer
}

export function createCore(deps: CoreDeps): Core {
  const { store, pushers, queue, backplane, senders, wakesOnConnect, log, observer, tracer } = deps
  const { pushes, broadcasts, history } = store
  const notifier = notifierOn(queue, log)
  const acceptTogether =
    pushers === store.pushers
      ? inOneStatement({ pushers, pushes, idleWorkers: new IdleWorkers(backplane, log), notifier, log })
      : askingFirst({ pushers, pushes })
  const accepting = { pushers, acceptTogether, broadcasts, notifier, senders, observer, tracer }
  return {
    push: acceptPush(accepting),
    pushAll: acceptBroadcast(accepting),
    async cancel(app, sender, name) {
      if (sender === 'pushall') return broadcasts.cancel(app, name).catch(noneToCancel)
      observer.cancelled({ push: await pushes.cancel(app, sender, name), app, sender })
    },
    async removePusher(app, id) {
      await pushers.delete(app, id)
      await pushes.forget(app, id)
    },
    replay: replayPush({ history, notifier, observer }),
    replayDead: replayDead({ history, notifier, observer }),
    async resumeSender(app, sender) {
      await store.senders.resume(app, sender)
      await wakeOverdue({ pushes, notifier }, sender, await pushes.now())
    },
    callbacks: acceptCallbacks({ callbacks: store.callbacks, queue, log }),
    arrived: onArrival({ pushes, notifier, wakesOnConnect, log }),
    async resumeBroadcast(app, name) {
      notifier.broadcast(await broadcasts.resume(app, name), PAGES_IN_FLIGHT)
    },
  }
}

/** The legacy client's call knows one answer for what is unknown and for what is over. */
function noneToCancel(error: unknown): never {
  if (!(error instanceof CarillonError) || error.code !== 'broadcast_done') throw error
  throw new CarillonError('broadcast_not_found', error.message)
}
