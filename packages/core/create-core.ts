import {
  type Backplane,
  CarillonError,
  type Logger,
  type Observer,
  type PusherStore,
  type Tracer,
} from '@carillon/contract'
import type { Queue } from '@carillon/queue'
import type { Store } from '@carillon/store'
import { acceptBroadcast, acceptPush, type AcceptParts } from './accept.ts'
import { askingFirst, inOneStatement } from './accept-together.ts'
import { acceptCallbacks } from './callbacks/accept.ts'
import type { Core } from './core.ts'
import { FreeHands } from './hand-over/free-hands.ts'
import { onArrival } from './on-arrival.ts'
import { replayDead, replayPush } from './replay.ts'
import { wakeOverdue } from './sweep/overdue.ts'
import { PAGES_IN_FLIGHT, waker } from './wake.ts'

export interface CoreParts {
  store: Store
  /** The store's own, or a foreign one. */
  pushers: PusherStore
  queue: Queue
  /** On which processes speak of their work. */
  backplane(): Promise<Backplane>
  dataRules: AcceptParts['dataRules']
  log: Logger
  observer: Observer
  tracer: Tracer
}

export function createCore({ store, pushers, queue, backplane, dataRules, log, observer, tracer }: CoreParts): Core {
  const { pushes, broadcasts, senders, history } = store
  const wake = waker(queue, log)
  const acceptTogether =
    pushers === store.pushers
      ? inOneStatement({ pushers, pushes, hands: new FreeHands(backplane, log), waker: wake, log })
      : askingFirst({ pushers, pushes })
  const parts = { pushers, acceptTogether, broadcasts, waker: wake, dataRules, observer, tracer }
  return {
    push: acceptPush(parts),
    pushAll: acceptBroadcast(parts),
    async cancel(app, sender, name) {
      if (sender === 'pushall') return broadcasts.cancel(app, name).catch(noneToCancel)
      observer.cancelled({ push: await pushes.cancel(app, sender, name), app, sender })
    },
    async removePusher(app, id) {
      await pushers.delete(app, id)
      await pushes.forget(app, id)
    },
    replay: replayPush({ history, waker: wake, observer }),
    replayDead: replayDead({ history, waker: wake, observer }),
    async resumeSender(app, sender) {
      await senders.resume(app, sender)
      await wakeOverdue({ pushes, waker: wake }, sender, await pushes.now())
    },
    callbacks: acceptCallbacks({ callbacks: store.callbacks, queue, log }),
    arrived: onArrival({ pushes, waker: wake, log }),
    async resumeBroadcast(app, name) {
      wake.broadcast(await broadcasts.resume(app, name), PAGES_IN_FLIGHT)
    },
  }
}

/** The seed's call knows one answer for what is unknown and for what is over. */
function noneToCancel(error: unknown): never {
  if (!(error instanceof CarillonError) || error.code !== 'broadcast_done') throw error
  throw new CarillonError('broadcast_not_found', error.message)
}
