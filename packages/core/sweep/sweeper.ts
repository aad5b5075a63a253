import { errorCode, type Logger, type Observer } from '@carillon/contract'
import type { Queue } from '@carillon/queue'
import type { DatabaseTime, Store } from '@carillon/store'
import { wakeCallbacks } from '../callbacks.ts'
import { type Notifier, PAGES_IN_FLIGHT, TOLD_AHEAD_MS } from '../notifier.ts'
import { noOrphans, type OrphanMemory, wakeOrphaned, wakeOverdue } from './wake-due.ts'

/** How often the leader looks, and how long its lease lasts: a dead one is replaced within 10 s. */
const TICK_MS = 2500
const LEASE_S = 6
/** A waiting row that was due this long ago and whose wake-up is not in the queue was not woken. */
const GRACE_US = 5_000_000
/** The queue's times come from other clocks than the rows' do. */
const CLOCK_SKEW_US = 2_000_000
/** A little less than what is told to the queue at once, so that nothing falls in between. */
const LOOK_AHEAD_US = (TOLD_AHEAD_MS - 5000) * 1000
const HOUSEKEEPING_MS = 60_000
const EXPIRE_CHUNK = 1000
/** Removed with each tick: small steps keep up with 800 keys a second. */
const EXPIRED_KEYS = 2000

export interface SweeperDeps {
  store: Store
  queue: Queue
  notifier: Notifier
  log: Logger
  observer: Observer
  /** Seconds that what ended is kept. */
  retention: number
  /** Names this process among those that want to lead. */
  holder: string
}

/** What the leader remembers; a new leader may wake a row twice, which costs nothing. */
interface Memory {
  epoch: string
  toldUntil: DatabaseTime
  /** Per sender, unix ms: when its overdue rows were woken last. */
  sweptAt: Map<string, number>
  orphaned: OrphanMemory
  tidiedAt: number
  /** The last step of removing what is old did not get to its end. */
  moreToRemove: boolean
}

/** Wakes due rows that nothing woke, for ever. One process leads, by a lease row. */
export function startSweeper(deps: SweeperDeps): { stop(): Promise<void> } {
  let memory: Memory | null = null
  let running: Promise<void> = Promise.resolve()

  const tick = async () => {
    try {
      const leads = await deps.store.leases.acquire('sweeper', deps.holder, LEASE_S)
      memory = leads ? await sweep(deps, memory) : null
    } catch (error) {
      deps.log.warn({ error: errorCode(error) }, 'sweeping failed; trying again')
    }
  }
  // A tick that takes longer than the interval is not overtaken by the next.
  let busy = false
  const begin = () => {
    if (busy) return
    busy = true
    running = tick().finally(() => (busy = false))
  }
  const timer = setInterval(begin, TICK_MS)
  begin()
  return {
    async stop() {
      clearInterval(timer)
      await running
      await deps.store.leases.release('sweeper', deps.holder).catch(() => {})
    },
  }
}

async function sweep(deps: SweeperDeps, before: Memory | null): Promise<Memory> {
  const { store, queue } = deps
  const now = await store.pushes.now()
  const epoch = await queue.epoch()
  const memory = before?.epoch === epoch ? before : forget(epoch, now)
  const fresh = memory !== before
  for (const sender of await runnableSenders(store)) {
    await wakeOrphaned({ pushes: store.pushes, notifier: deps.notifier }, memory.orphaned, sender)
    await wakeUnwoken(deps, memory, sender, fresh ? now : now - GRACE_US)
    await tellAhead(deps, memory, sender, now)
  }
  memory.toldUntil = now + LOOK_AHEAD_US
  await sweepBroadcasts(deps)
  if (await store.callbacks.anyDue()) await wakeCallbacks(queue, deps.log)
  if (memory.moreToRemove || isHouseDue(memory)) memory.moreToRemove = await removeOld(store, deps.retention)
  await store.idempotency.removeExpired(EXPIRED_KEYS)
  if (isHouseDue(memory)) await keepHouse(deps, memory)
  return memory
}

/** Wake-ups for a sender that no worker runs would only pile up. */
async function runnableSenders(store: Store): Promise<string[]> {
  const live = new Set(await store.workers.liveSenders())
  return (await store.pushes.senders()).filter((sender) => live.has(sender))
}

/** At the start, and when the queue lost all it held. */
function forget(epoch: string, now: DatabaseTime): Memory {
  return { epoch, toldUntil: now, sweptAt: new Map(), orphaned: noOrphans(), tidiedAt: 0, moreToRemove: false }
}

/**
 * Whether a row's wake-up is missing cannot be asked per row. But wake-ups are handled in order: a row
 * that was due before the oldest waiting wake-up was added has none.
 */
async function wakeUnwoken(
  { store, queue, notifier }: SweeperDeps,
  memory: Memory,
  sender: string,
  until: DatabaseTime,
): Promise<void> {
  const oldest = await queue.oldestWaiting(sender)
  const sweptAt = memory.sweptAt.get(sender)
  if (oldest !== null && sweptAt !== undefined && oldest <= sweptAt) return // its wake-ups still stand in line
  const bound = oldest === null ? until : Math.min(until, oldest * 1000 - CLOCK_SKEW_US)
  await wakeOverdue({ pushes: store.pushes, notifier }, sender, bound)
  memory.sweptAt.set(sender, Date.now())
}

/** What is due far ahead waits in its row alone until it is due within the minute. */
async function tellAhead(
  { store, notifier }: SweeperDeps,
  memory: Memory,
  sender: string,
  now: DatabaseTime,
): Promise<void> {
  await wakeOverdue({ pushes: store.pushes, notifier }, sender, now + LOOK_AHEAD_US, memory.toldUntil)
}

/** Broadcasts whose pages nobody works on, or that are done. */
async function sweepBroadcasts({ store, notifier }: SweeperDeps): Promise<void> {
  const idle = await store.broadcasts.idle(TOLD_AHEAD_MS / 1000)
  for (const broadcast of idle.filter(({ pagesDone }) => !pagesDone)) notifier.broadcast(broadcast, PAGES_IN_FLIGHT)
  await store.broadcasts.finish(idle.map(({ id }) => id))
}

function isHouseDue({ tidiedAt }: Memory): boolean {
  return Date.now() - tidiedAt >= HOUSEKEEPING_MS
}

/** What may wait for the minute; a Postgres server needs no vacuum from here. */
async function keepHouse({ store, observer }: SweeperDeps, memory: Memory): Promise<void> {
  memory.tidiedAt = Date.now()
  for (const { id: push, app, sender, attempt } of await store.pushes.expire(EXPIRE_CHUNK))
    observer.tried({ push, app, sender, attempt, outcome: 'dead' })
  await store.nonces.removeExpired()
  await store.snapperQueues.removeExpired()
  await store.vacuum()
}

/** A step of each kind takes some 100 ms, in which nothing is woken: a tick makes one of each. */
const PUSHES = 2000
const RECIPIENTS = 5000

/** Removes some of what ended longer ago than `seconds`. @returns whether there is more. */
async function removeOld({ history }: Pick<Store, 'history'>, seconds: number): Promise<boolean> {
  const pushes = await history.removeOldPushes(seconds, PUSHES)
  const broadcast = await history.removeOldBroadcast(seconds, RECIPIENTS)
  return pushes === PUSHES || broadcast
}
