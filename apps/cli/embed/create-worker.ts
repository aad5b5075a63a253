import {
  type AddressBook,
  type LiveUsers,
  type Logger,
  type OnAmbiguous,
  type Rate,
  type Sender,
  type SenderContext,
  type SenderDefinition,
  senderScope,
} from '@carillon/contract'
import { linksWith, startWorker, type WorkerDeps } from '@carillon/core'
import { privateFolder } from '@carillon/files'
import { unsubscribeKey, unsubscribeLinks } from '@carillon/unsubscribe'
import { builtInSenders } from '../senders/load.ts'
import { watchedBreakers } from '../senders/breakers.ts'
import { outboxIn } from '../senders/outbox.ts'
import { setUpSenders } from '../senders/set-up.ts'
import type { Services } from '../services.ts'

export interface WorkerOptions {
  senders: readonly (Sender | SenderDefinition)[]
  /** What senders read their options from, such as `process.env`; default: nothing. */
  env?: Record<string, string | undefined>
  /** Folder where messages become files when a sender has no provider; absent: such a sender is not run. */
  outbox?: string
  /** Sends of one sender that run at a time; default 100. */
  concurrency?: number
  /** Failed attempts after which a push is dead; default 10. */
  retryTimes?: number
  /**
   * What follows a failed attempt whose message may have been sent nevertheless, such as a time-out: `retry`, which is
   * the default and may send it twice, or `giveup`, which ends it as dead.
   */
  onAmbiguous?: OnAmbiguous
  /** Days for which finished pushes are kept, with its history; default 30. */
  retentionDays?: number
  /** Days for which an address is kept that is not registered again; default 270. */
  addressDays?: number
  /**
   * How often a sender may send, by its name: `{ sendsms: { count: 10, seconds: 1 } }`; default: its own `rate`. All workers
   * on one Redis count together, and should be given the same; what is beyond it waits.
   */
  rates?: Readonly<Record<string, Rate>>
}

export interface RunningWorker {
  /** Finishes what it is sending and gives the rest back, within 10 s. Called before the services are closed. */
  stop(): Promise<void>
}

const DAY_S = 86_400

/** The senders that come with Carillon. One whose provider is not configured is not run. */
export const standardSenders: readonly SenderDefinition[] = builtInSenders

/**
 * Runs senders in this process. One whose credentials are missing is named in the log and not run.
 * @throws SetupError when two senders have one name, or one cannot be set up; RangeError for a rate that lets nothing
 * through.
 */
export async function createWorker(services: Services, options: WorkerOptions): Promise<RunningWorker> {
  const { env = {}, outbox, concurrency = 100, retryTimes = 10, onAmbiguous = 'retry' } = options
  const { log, pushTtl: ttl } = services
  if (outbox !== undefined) makeOutbox(outbox, log)
  const live = (await services.live()).users
  const breakers = watchedBreakers()
  const contextOf = (sender: string): SenderContext => ({
    ...senderContext(services, live, outbox, sender),
    watchBreaker: (read) => breakers.watch(sender, read),
  })
  const { ready: senders, missing } = await setUpSenders(options.senders, { env, contextOf, log })
  const rates = { ...ownRates(senders), ...options.rates }
  checkRates(rates)
  const ages = {
    retention: (options.retentionDays ?? 30) * DAY_S,
    addressRetention: (options.addressDays ?? 270) * DAY_S,
  }
  const reported = { missing, openBreakers: breakers.open }
  const links = await linksOf(services)
  const rules = { rates, concurrency, retryTimes, onAmbiguous, ttl, ...ages }
  return startWorker({ ...services, senders, links, ...reported, ...rules })
}

async function linksOf({ publicUrl, store }: Services): Promise<WorkerDeps['links']> {
  if (publicUrl === undefined) return undefined
  return linksWith(publicUrl, unsubscribeLinks(await unsubscribeKey(store.sharedValues)))
}

function senderContext(
  { api, log, store, outbound, pacer }: Services,
  live: LiveUsers,
  outbox: string | undefined,
  sender: string,
): SenderContext {
  return {
    api: (app) => outsideScope(api(app)),
    log,
    live,
    downloads: outbound,
    outbound,
    pacer,
    addresses: outsideScope<AddressBook>(store.addresses),
    shared: outsideScope(store.sharedValues),
    async areSuppressed(app, addresses) {
      const asked = addresses.map((address) => ({ app, sender, address }))
      const found = await senderScope.exit(() => store.suppressions.find(asked))
      return found.map((suppression) => suppression !== null)
    },
    ...(outbox !== undefined && { outbox: outboxIn(outbox) }),
  }
}

/** What the server does for a sender is not the sender's: the connections that it opens stay when the call is over. */
function outsideScope<Api extends object>(api: Api): Api {
  const calls = Object.entries(api) as [string, (...args: unknown[]) => unknown][]
  const outside = calls.map(([name, call]) => [name, (...args: unknown[]) => senderScope.exit(() => call(...args))])
  return Object.fromEntries(outside) as Api
}

/** The messages in it are private: other users of this machine must not read them. */
function makeOutbox(outbox: string, log: Logger): void {
  const notice = privateFolder(outbox)
  if (notice !== undefined) log.warn({ outbox }, notice)
}

/** What the senders declare, as their providers allow. */
function ownRates(senders: readonly Sender[]): Record<string, Rate> {
  return Object.fromEntries(senders.flatMap(({ name, rate }) => (rate ? [[name, rate] as const] : [])))
}

function checkRates(rates: Readonly<Record<string, Rate>>): void {
  for (const [sender, { count, seconds }] of Object.entries(rates)) {
    if (Number.isInteger(count) && count > 0 && seconds > 0) continue
    throw new RangeError(`The rate of ${sender} must be a whole count above 0 in seconds above 0.`)
  }
}
