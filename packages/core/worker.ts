import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type Backplane,
  errorCode,
  type Logger,
  type Observer,
  type OnAmbiguous,
  type OpenBreaker,
  type Outbound,
  type PusherStore,
  type Rate,
  type RateLimiter,
  type Sender,
  type SenderReport,
  senderScope,
  type Tracer,
} from '@carillon/contract'
import type { Queue } from '@carillon/queue'
import { knownApps, type Store } from '@carillon/store'
import { broadcaster } from './broadcast/broadcaster.ts'
import { startCaller } from './callbacks.ts'
import { Concurrency } from './claim/concurrency.ts'
import { deliver, type DeliverDeps } from './claim/deliver.ts'
import { LEASE_S, Leases } from './claim/leases.ts'
import { RateBudget } from './claim/rate-budget.ts'
import { receiveDispatches } from './dispatch/receive.ts'
import { notifierOn } from './notifier.ts'
import { recorder } from './record/recorder.ts'
import { reportOf } from './sender-report.ts'
import { Deadlines } from './send/deadline.ts'
import type { LinksOf } from './send/links.ts'
import { dataReader } from './send/read-data.ts'
import { startSweeper } from './sweep/sweeper.ts'
import { editionReader } from './templates/editions.ts'

/** Wake-ups of one sender that are handled at once; `concurrency` bounds the sends. */
const WAKE_UPS_AT_ONCE = 8
/** Pushes that are claimed together with their pushers. */
const FEW = 10
/** Pushes of one call of `sendBatch`, unless the sender sets its own number. */
const DEFAULT_MAX_BATCH = 1000
const BEAT_MS = 5000
/** A stopping worker lets sends end by themselves for this long, then aborts them. */
const GRACE_MS = 8000
const ABORT_MS = 1500

export interface WorkerDeps {
  store: Store
  pushers: PusherStore
  queue: Queue
  /** Between processes, for the announcements of idle workers. */
  backplane(): Promise<Backplane>
  senders: Sender[]
  /** By name of senders that are not among them, what is missing to run them. */
  missing?: Readonly<Record<string, string>> | undefined
  /** The transports of a sender that it does not use for now. */
  openBreakers?(sender: string): OpenBreaker[]
  /** Makes the links of pushes; absent: they have none. */
  links?: LinksOf | undefined
  log: Logger
  observer: Observer
  tracer: Tracer
  /** Sends of one sender that run at once. */
  concurrency: number
  /** Failed attempts after which a push is dead. */
  retryTimes: number
  /** What follows a failed attempt whose message may have been sent nevertheless. */
  onAmbiguous: OnAmbiguous
  /** Seconds a push that comes out of a broadcast may stay unfinished. */
  ttl: number
  /** Seconds that what ended is kept. */
  retention: number
  /** Seconds that an address is kept that is not registered again. */
  addressRetention: number
  /** By sender; one that is absent sends as fast as it can. */
  rates?: Readonly<Record<string, Rate>> | undefined
  /** Counts for all workers together. */
  limiter: RateLimiter
  /** Makes the calls to other servers. */
  outbound: Outbound
}

export interface StartedWorker {
  id: string
  /** Finishes what it is sending and returns the rest, within 10 s. */
  stop(): Promise<void>
}

/** Follows wake-ups, runs senders, records outcomes, and sweeps when it leads. */
export async function startWorker(deps: WorkerDeps): Promise<StartedWorker> {
  const id = randomUUID()
  const drain = new AbortController()
  const stop = new AbortController()
  const pipelines = assemble(deps, id, drain.signal, stop.signal)
  // The sweeper wakes only senders that some live worker runs: this one must be known first.
  const endBeats = await startBeats(deps, id, pipelines.reports)
  const sweeper = startSweeper({ ...deps, notifier: notifierOn(deps.queue, deps.log), holder: id })
  return {
    id,
    async stop() {
      drain.abort()
      pipelines.concurrency.forEach((concurrency) => concurrency.drain())
      const stopped = Promise.all(pipelines.consumers.map((consumer) => consumer.stop()))
      await untilIdle(pipelines, GRACE_MS)
      stop.abort(new Error('The worker is stopping.'))
      await untilIdle(pipelines, ABORT_MS)
      await Promise.race([stopped, pause(ABORT_MS)])
      await sweeper.stop()
      await endBeats()
      for (const leases of [pipelines.pushes, pipelines.pages]) leases.close()
      await Promise.race([closeAll(deps.senders), pause(ABORT_MS)])
    },
  }
}

type SenderPipelines = ReturnType<typeof assemble>

/** A pipeline for each sender, with its own consumer and concurrency; leases and the recorder are shared. */
function assemble(deps: WorkerDeps, worker: string, drain: AbortSignal, stop: AbortSignal) {
  const { store, queue, log, observer, ttl } = deps
  const pushes = new Leases({ seconds: LEASE_S, renew: store.pushes.renew, log })
  const pages = new Leases({ seconds: LEASE_S, renew: store.broadcasts.renewPages, log })
  const notifier = notifierOn(queue, log)
  const record = recorder({ ...store, notifier, ttl, log, observer, stop })
  // Pushers in a store of their own are read from there.
  const claim = deps.pushers === store.pushers ? claimFewWithPushers(store) : store.pushes.claim
  const common = {
    ...deps,
    ...store,
    apps: knownApps(store.apps),
    notifier,
    recorder: record,
    leaseSeconds: LEASE_S,
    drain,
    stop,
    deadlines: new Deadlines(stop),
  }
  const readEdition = editionReader(store.templates)
  const pipelines = deps.senders.map((sender) => {
    const rateBudget = rateBudgetOf(deps, sender)
    const concurrency = concurrencyOf(deps, sender, rateBudget)
    const readData = dataReader(sender, readEdition)
    const ofSender = { ...common, pushers: deps.pushers, sender, readData, concurrency }
    const broadcasts = broadcaster({ ...ofSender, leases: pages })
    const ofPushes = { ...ofSender, claim, leases: pushes, broadcaster: broadcasts }
    const consumer = queue.consume(sender.name, deliver(ofPushes), WAKE_UPS_AT_ONCE)
    const report = () => reportOf(sender, { ...deps, rateBudget })
    return { concurrency, report, consumers: [consumer, receiveDispatches({ ...ofPushes, worker })] }
  })
  const consumers = [...pipelines.flatMap((one) => one.consumers), startCaller({ ...deps, ...store, drain })]
  const reports = () => pipelines.map(({ report }) => report())
  return { pushes, pages, concurrency: pipelines.map(({ concurrency }) => concurrency), reports, consumers }
}

/** The pushers of few pushes are read with them, which saves a query. For many, each pusher would be looked up by itself. */
function claimFewWithPushers({ pushes }: Store): DeliverDeps['claim'] {
  return (ids, leaseSeconds) => (ids.length <= FEW ? pushes.claimWithPushers : pushes.claim)(ids, leaseSeconds)
}

function concurrencyOf(
  { concurrency: size }: WorkerDeps,
  { sendBatch, maxBatch = DEFAULT_MAX_BATCH }: Sender,
  rateBudget: RateBudget | undefined,
): Concurrency {
  return new Concurrency({ size, perCall: sendBatch ? maxBatch : 1, rateBudget })
}

function rateBudgetOf({ rates = {}, limiter, log }: WorkerDeps, { name: sender }: Sender): RateBudget | undefined {
  const rate = Object.hasOwn(rates, sender) ? rates[sender] : undefined
  return rate && new RateBudget({ rate, take: (most) => limiter.take(sender, rate, most), sender, log })
}

async function closeAll(senders: readonly Sender[]): Promise<void> {
  await Promise.allSettled(
    senders.map((sender) => senderScope.run({ sender: sender.name }, async () => sender.close?.())),
  )
}

async function untilIdle({ pushes, pages }: SenderPipelines, atMostMs: number): Promise<void> {
  const deadline = performance.now() + atMostMs
  while (pushes.size + pages.size > 0 && performance.now() < deadline) await pause(20)
}

async function startBeats(
  { store, senders, missing = {}, log }: WorkerDeps,
  id: string,
  reports: () => SenderReport[],
): Promise<() => Promise<void>> {
  const row = { id, senders: senders.map(({ name }) => name), missing, host: hostname(), pid: process.pid }
  const beat = () =>
    store.workers
      .beat({ ...row, reports: reports() })
      .catch((error: unknown) => log.warn({ error: errorCode(error) }, 'a heartbeat of this worker failed'))
  const timer = setInterval(() => void beat(), BEAT_MS)
  await beat()
  return async () => {
    clearInterval(timer)
    await store.workers.leave(id).catch(() => {})
  }
}
