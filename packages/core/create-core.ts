import type { Logger, PusherStore, StandardSchemaV1 } from '@carillon/contract'
import type { Queue } from '@carillon/queue'
import type { Store } from '@carillon/store'
import { acceptBroadcast, acceptPush } from './accept.ts'
import type { Core } from './core.ts'
import { replayDead, replayPush } from './replay.ts'
import { wakeOverdue } from './sweep/overdue.ts'
import { waker } from './wake.ts'

export interface CoreParts {
  store: Store
  /** The store's own, or a foreign one. */
  pushers: PusherStore
  queue: Queue
  dataSchemas: ReadonlyMap<string, StandardSchemaV1>
  log: Logger
}

export function createCore({ store, pushers, queue, dataSchemas, log }: CoreParts): Core {
  const { pushes, broadcasts, senders, history } = store
  const wake = waker(queue, log)
  const parts = { pushers, pushes, broadcasts, waker: wake, dataSchemas }
  return {
    push: acceptPush(parts),
    pushAll: acceptBroadcast(parts),
    cancel: (app, sender, name) =>
      sender === 'pushall' ? broadcasts.cancel(app, name) : pushes.cancel(app, sender, name),
    async removePusher(app, id) {
      await pushers.delete(app, id)
      await pushes.forget(app, id)
    },
    replay: replayPush({ history, waker: wake }),
    replayDead: replayDead({ history, waker: wake }),
    async resumeSender(app, sender) {
      await senders.resume(app, sender)
      await wakeOverdue({ pushes, waker: wake }, sender, await pushes.now())
    },
  }
}
