import type { Outcome, Push, Sender } from '@carillon/contract'
import { type StartedWorker, startWorker, type WorkerDeps } from '@carillon/core'
import type { Services } from 'carillon'

/** A sender that records what it receives and gives the set answers. */
export interface Bell extends Sender {
  rung: Push[]
  /** How often each pusher was notified. */
  countOf(pusher: string): number
}

export function bell(
  name: string,
  answer: (push: Push) => Outcome | Promise<Outcome> = () => {},
  extra: Partial<Sender> = {},
): Bell {
  const rung: Push[] = []
  return {
    name,
    rung,
    countOf: (pusher) => rung.filter((push) => push.pusher.id === pusher).length,
    async send(push) {
      rung.push(push)
      return answer(push)
    },
    ...extra,
  }
}

/** A worker in this process; by default it gives up quickly. */
export function work(services: Services, senders: Sender[], options: Partial<WorkerDeps> = {}): Promise<StartedWorker> {
  const { store, pushers, queue, backplane, limiter, outbound, log, observer, tracer } = services
  return startWorker({
    store,
    pushers,
    queue,
    backplane,
    outbound,
    limiter,
    log,
    observer,
    tracer,
    senders,
    concurrency: 50,
    retryTimes: 3,
    onAmbiguous: 'retry',
    ttl: 3600,
    retention: 86_400,
    addressRetention: 86_400,
    ...options,
  })
}

/** A pusher of app 1 with these senders. */
export async function addPusher(services: Services, id: string, senders: string[], tags: string[] = []): Promise<void> {
  await services.pushers.set(
    1,
    id,
    { addSenders: senders, addTags: tags, fields: { email: `${id}@example.com` } },
    true,
  )
}

let used = 0

/** A sender's name that no other test uses, so that tests can share a database. */
export function newName(): string {
  return `bell-${++used}`
}

/** A gate that holds sends until it is opened. */
export function gate(): { passed: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}
