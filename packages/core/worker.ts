import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type Backplane,
  errorCode,
  type Logger,
  type Observer,
  type OnAmbiguous,
  type Outbound,
  type PusherStore,
  type Rate,
  type RateLimiter,
  type Sender,
  senderScope,
  type Tracer,
} from '@carillon/contract'
import type { Queue } from '@carillon/queue'
import type { Store } from '@carillon/store'
import { broadcaster } from './broadcast/broadcaster.ts'
import { startCaller } from './callbacks/caller.ts'
import { Deadlines } from './deliver/deadline.ts'
import { deliver, type DeliverParts } from './deliver/deliver.ts'
import { sendHanded } from './deliver/handed.ts'
import { Leases } from './deliver/leases.ts'
import { recorder } from './deliver/recorder.ts'
import { Slots } from './deliver/slots.ts'
import { Tokens } from './deliver/tokens.ts'
import { LEASE_S } from './lease.ts'
import { startSweeper } from './sweep/sweeper.ts'
import { waker } from './wake.ts'

/** Hints of one sender handled at once; the slots bound the sends. */
const HINTS_AT_ONCE = 8
/** Pushes that are taken together with their pushers. */
const FEW = 10
/** What SendGrid takes in one call. */
const LARGEST_BATCH = 1000
const BEAT_MS = 5000
/** A stopping worker lets sends end by themselves for this long, then aborts them. */
const GRACE_MS = 8000
const ABORT_MS = 1500

export interface WorkerParts {
  store: Store
  pushers: PusherStore
  queue: Queue
  /** On which processes speak of their work. */
  backplane(): Promise<Backplane>
  senders: Sender[]
  log: Logger
  observer: Observer
  tracer: Tracer
  /** Sends of one sender that run at once. */
  concurrency: number
  /** Failed tries after which a push is dead. */
  retryTimes: number
  /** What follows a failed try whose message may be out all the same. */
  onAmbiguous: OnAmbiguous
  /** Seconds a push that comes out of a broadcast may stay unfinished. */
  ttl: number
  /** Seconds that what ended is kept. */
  retention: number
  /** By sender; one that is absent sends as fast as it can. */
  rates?: Readonly<Record<string, Rate>> | undefined
  /** Counts for all workers together. */
  limiter: RateLimiter
  /** Makes the calls to other servers. */
  outbound: Outbound
}

export interface RunningWorker {
  id: string
  /** Finishes what it is sending and gives the rest back, within 10 s. */
  stop(): Promise<void>
}

/** Takes hints, runs senders, records outcomes, and stands by as the sweeper. */
export async function startWorker(parts: WorkerParts): Promise<RunningWorker> {
  const id = randomUUID()
  const drain = new AbortController()
  const stop = new AbortController()
  const line = assemble(parts, id, drain.signal, stop.signal)
  // The sweeper wakes only senders that some live worker runs: this one must be known first.
  const endBeats = await startBeats(parts, id)
  const sweeper = startSweeper({ ...parts, waker: waker(parts.queue, parts.log), holder: id })
  return {
    id,
    async stop() {
      drain.abort()
      line.slots.forEach((slots) => slots.drain())
      const stopped = Promise.all(line.consumers.map((consumer) => consumer.stop()))
      await untilIdle(line, GRACE_MS)
      stop.abort(new Error('The worker stops.'))
      await untilIdle(line, ABORT_MS)
      await Promise.race([stopped, pause(ABORT_MS)])
      await sweeper.stop()
      await endBeats()
      for (const leases of [line.pushes, line.pages]) leases.close()
      await Promise.race([closeAll(parts.senders), pause(ABORT_MS)])
    },
  }
}

type Line = ReturnType<typeof assemble>

/** One consumer and one set of slots per sender; leases and the recorder are shared. */
function assemble(parts: WorkerParts, worker: string, drain: AbortSignal, stop: AbortSignal) {
  const { store, queue, log, observer, tracer, retryTimes, onAmbiguous, ttl } = parts
  const pushes = new Leases({ seconds: LEASE_S, renew: store.pushes.renew, log })
  const pages = new Leases({ seconds: LEASE_S, renew: store.broadcasts.renewPages, log })
  const wake = waker(queue, log)
  const record = recorder({ ...store, waker: wake, ttl, log, observer, stop })
  // A team's own store of pushers is asked by itself.
  const take = parts.pushers === store.pushers ? takeFewWithPushers(store) : store.pushes.take
  const common = {
    ...parts,
    ...store,
    waker: wake,
    recorder: record,
    leaseSeconds: LEASE_S,
    drain,
    rules: { retryTimes, onAmbiguous, stop, deadlines: new Deadlines(stop), log, observer, tracer },
  }
  const lines = parts.senders.map((sender) => {
    const slots = slotsOf(parts, sender)
    const ofSender = { ...common, pushers: parts.pushers, sender, slots }
    const broadcasts = broadcaster({ ...ofSender, leases: pages })
    const ofPushes = { ...ofSender, take, leases: pushes, broadcaster: broadcasts }
    const consumer = queue.consume(sender.name, deliver(ofPushes), HINTS_AT_ONCE)
    return { slots, consumers: [consumer, sendHanded({ ...ofPushes, worker })] }
  })
  const consumers = [...lines.flatMap((one) => one.consumers), startCaller({ ...parts, ...store, drain })]
  return { pushes, pages, slots: lines.map(({ slots }) => slots), consumers }
}

/** Few are read along, which spares a question; of many each pusher would be looked up by itself. */
function takeFewWithPushers({ pushes }: Store): DeliverParts['take'] {
  return (ids, leaseSeconds) => (ids.length <= FEW ? pushes.takeWithPushers : pushes.take)(ids, leaseSeconds)
}

function slotsOf({ concurrency: size, rates = {}, limiter, log }: WorkerParts, { name, sendBatch }: Sender): Slots {
  const rate = Object.hasOwn(rates, name) ? rates[name] : undefined
  const tokens = rate && new Tokens({ take: (most) => limiter.take(name, rate, most), sender: name, log })
  return new Slots({ size, perSlot: sendBatch ? LARGEST_BATCH : 1, tokens })
}

async function closeAll(senders: readonly Sender[]): Promise<void> {
  await Promise.allSettled(
    senders.map((sender) => senderScope.run({ sender: sender.name }, async () => sender.close?.())),
  )
}

async function untilIdle({ pushes, pages }: Line, atMostMs: number): Promise<void> {
  const deadline = performance.now() + atMostMs
  while (pushes.size + pages.size > 0 && performance.now() < deadline) await pause(20)
}

async function startBeats({ store, senders, log }: WorkerParts, id: string): Promise<() => Promise<void>> {
  const row = { id, senders: senders.map(({ name }) => name), host: hostname(), pid: process.pid }
  const beat = () =>
    store.workers.beat(row).catch((error: unknown) => log.warn({ error: errorCode(error) }, 'no heartbeat'))
  const timer = setInterval(() => void beat(), BEAT_MS)
  await beat()
  return async () => {
    clearInterval(timer)
    await store.workers.leave(id).catch(() => {})
  }
}
