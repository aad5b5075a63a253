import {
  type Downloads,
  type LiveUsers,
  type NotConfigured,
  type Outbound,
  type PushApi,
  type Sender,
  type SenderContext,
  senderScope,
  SetupError,
} from '@carillon/contract'
import { type RunningWorker, startWorker, type WorkerDeps } from '@carillon/core'
import { outboxIn } from './outbox.ts'
import type { AnySender } from './plugin.ts'
import { setUp } from './set-up.ts'

export interface CreateWorkerOptions extends Omit<WorkerDeps, 'senders'> {
  outbound: Outbound & Downloads
  senders: readonly AnySender[]
  /** What the senders' options are read from. */
  env: Record<string, string | undefined>
  /** The API as one app sees it, for senders that look up or push. */
  api: SenderContext['api']
  /** People's live connections. */
  live: LiveUsers
  /** Folder where messages become files when a sender has no provider; absent: such a sender is not run. */
  outbox?: string | undefined
}

/**
 * Runs senders in this process. One whose credentials are missing is named in the log and not run:
 * its pushes wait.
 * @throws SetupError when two senders have one name, or one cannot be set up.
 */
export async function createWorker(options: CreateWorkerOptions): Promise<RunningWorker> {
  refuseTwins(options.senders)
  const senders: Sender[] = []
  for (const sender of options.senders) {
    const made = await setUp(sender, options.env, contextOf(options, sender.name))
    if ('missing' in made) warnOf(options, sender.name, made)
    else senders.push(made)
  }
  return startWorker({ ...options, senders })
}

function contextOf({ api, log, live, store, outbound, outbox }: CreateWorkerOptions, sender: string): SenderContext {
  return {
    api: (app) => outsideScope(api(app)),
    log,
    live,
    downloads: outbound,
    async areSuppressed(app, addresses) {
      const asked = addresses.map((address) => ({ app, sender, address }))
      const found = await senderScope.exit(() => store.suppressions.find(asked))
      return found.map((suppression) => suppression !== null)
    },
    ...(outbox !== undefined && { outbox: outboxIn(outbox) }),
  }
}

/** What the server does for a sender is not the sender's: the connections that it opens stay when the call is over. */
function outsideScope(api: PushApi): PushApi {
  const calls = Object.entries(api) as [string, (...args: unknown[]) => unknown][]
  const outside = calls.map(([name, call]) => [name, (...args: unknown[]) => senderScope.exit(() => call(...args))])
  return Object.fromEntries(outside) as PushApi
}

function warnOf({ log }: CreateWorkerOptions, sender: string, { missing }: NotConfigured): void {
  log.warn({ sender }, `${sender} is not run here, and its pushes wait: ${missing}`)
}

function refuseTwins(senders: readonly AnySender[]): void {
  const names = senders.map(({ name }) => name)
  const twin = names.find((name, index) => names.indexOf(name) !== index)
  if (twin) throw new SetupError(`Two senders are called ${twin}; rename one of them.`)
}
