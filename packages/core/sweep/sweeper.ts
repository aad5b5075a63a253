import { errorCode, type Logger, type Observer } from '@carillon/contract'
import type { Queue } from '@carillon/queue'
import type { DuePlace, DuePush, DatabaseTime, PushRepository, Store } from '@carillon/store'
import { wakeCallbacks } from '../callbacks.ts'
import { type Notifier, PAGES_IN_FLIGHT, QUEUED_AHEAD_MS } from '../notifier.ts'

/** How often the leader sweeps, and seconds of its lease: a dead leader is replaced within 10 s. */
const TICK_MS = 2500
const LEASE_S = 6
/** A waiting row that was due this long ago and has no job in the queue was not woken. */
const GRACE_US = 5_000_000
/** The queue's times come from other clocks than the rows' do. */
const CLOCK_SKEW_US = 2_000_000
/** A little less than the time ahead for which pushes get a job when they are written, so that none is missed. */
const LOOK_AHEAD_US = (QUEUED_AHEAD_MS - 5000) * 1000
const HOUSEKEEPING_MS = 60_000
const EXPIRE_CHUNK = 1000
/** Idempotency keys of one step, which takes some 30 ms, and milliseconds after which a tick begins no further step. */
const EXPIRED_KEYS = 2000
const REMOVING_KEYS_MS = 1000

export interface SweeperDeps {
  store: Store
  queue: Queue
  notifier: Notifier
  log: Logger
  observer: Observer
  /** Seconds that what ended is kept. */
  retention: number
  /** Seconds that an address is kept that is not registered again. */
  addressRetention: number
  /** Names this process among those that want to lead. */
  holder: string
}

/** What the leader remembers; a new leader may wake a row twice, which costs nothing. */
interface Memory {
  epoch: string
  /** Rows that are due before this have a job. */
  queuedUntil: DatabaseTime
  /** By sender, unix ms: when its overdue rows were woken last. */
  sweptAt: Map<string, number>
  orphaned: OrphanMemory
  tidiedAt: number
  /** The last step of removing what is old did not get to its end. */
  moreToRemove: boolean
}

/** Wakes due rows that nothing woke. One process leads, by a lease row. */
export function startSweeper(deps: SweeperDeps): { stop(): Promise<void> } {
  let memory: Memory | null = null
  let running: Promise<void> = Promise.resolve()

  const tick = async () => {
    try {
      const leads = await deps.store.leases.acquire('sweeper', deps.holder, LEASE_S)
      memory = leads ? await sweep(deps, memory) : null
    } catch (error) {
      deps.log.warn({ error: errorCode(error) }, 'sweeping failed; retrying')
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
    await queueAhead(deps, memory, sender, now)
  }
  memory.queuedUntil = now + LOOK_AHEAD_US
  await sweepBroadcasts(deps)
  if (await store.callbacks.anyDue()) await wakeCallbacks(queue, deps.log)
  if (memory.moreToRemove || isHouseDue(memory)) memory.moreToRemove = await removeOld(deps)
  await removeExpiredKeys(store)
  if (isHouseDue(memory)) await keepHouse(deps, memory)
  return memory
}

/** Senders with pushes that some worker runs: the wake-ups of others would only accumulate. */
async function runnableSenders(store: Store): Promise<string[]> {
  const live = new Set(await store.workers.liveSenders())
  return (await store.pushes.senders()).filter((sender) => live.has(sender))
}

/** At the start, and when the queue lost its jobs. */
function forget(epoch: string, now: DatabaseTime): Memory {
  return {
    epoch,
    queuedUntil: now,
    sweptAt: new Map(),
    orphaned: { wokenAt: new Map(), continueAt: new Map() },
    tidiedAt: 0,
    moreToRemove: false,
  }
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
  if (oldest !== null && sweptAt !== undefined && oldest <= sweptAt) return // its wake-ups are still queued
  const bound = oldest === null ? until : Math.min(until, oldest * 1000 - CLOCK_SKEW_US)
  await wakeOverdue({ pushes: store.pushes, notifier }, sender, bound)
  memory.sweptAt.set(sender, Date.now())
}

/** Adds jobs for rows that are due within the minute. */
async function queueAhead(
  { store, notifier }: SweeperDeps,
  memory: Memory,
  sender: string,
  now: DatabaseTime,
): Promise<void> {
  await wakeOverdue({ pushes: store.pushes, notifier }, sender, now + LOOK_AHEAD_US, memory.queuedUntil)
}

/** Finds broadcasts whose pages no worker processes, or that are done. */
async function sweepBroadcasts({ store, notifier }: SweeperDeps): Promise<void> {
  const idle = await store.broadcasts.idle(QUEUED_AHEAD_MS / 1000)
  for (const broadcast of idle.filter(({ pagesDone }) => !pagesDone)) notifier.broadcast(broadcast, PAGES_IN_FLIGHT)
  await store.broadcasts.finish(idle.map(({ id }) => id))
}

/** Milliseconds for which an orphaned push is not woken again, because its wake-up is queued. */
const WAKE_AGAIN_MS = 10_000

interface OrphanMemory {
  /** By push, unix ms. */
  wokenAt: Map<string, number>
  /** By sender: where the search through its backlog continues. */
  continueAt: Map<string, DuePlace | null>
}

/** Wakes the pushes of a worker that died, one wake-up each. */
async function wakeOrphaned(
  { pushes, notifier }: { pushes: PushRepository; notifier: Notifier },
  { wokenAt, continueAt }: OrphanMemory,
  sender: string,
): Promise<void> {
  const now = Date.now()
  for (const [id, at] of wokenAt) if (now - at > WAKE_AGAIN_MS) wokenAt.delete(id)
  const orphaned = (await findOrphaned(pushes, continueAt, sender)).filter(({ id }) => !wokenAt.has(id))
  for (const { id } of orphaned) wokenAt.set(id, now)
  notifier.each(orphaned)
}

/** Searches the pushes that were due first, where most orphans are, and as many of a long backlog behind them. */
async function findOrphaned(
  pushes: PushRepository,
  continueAt: OrphanMemory['continueAt'],
  sender: string,
): Promise<DuePush[]> {
  const first = await pushes.orphaned(sender, null)
  const behind = first.next && (await pushes.orphaned(sender, continueAt.get(sender) ?? first.next))
  continueAt.set(sender, behind && behind.next)
  return [...first.orphaned, ...(behind ? behind.orphaned : [])]
}

const WAKE_CHUNK = 1000

/** Wakes every waiting push of a sender that is due between two moments. */
export async function wakeOverdue(
  { pushes, notifier }: { pushes: PushRepository; notifier: Notifier },
  sender: string,
  until: DatabaseTime,
  since: DatabaseTime = 0,
): Promise<void> {
  let from = since
  let afterId: string | undefined
  for (;;) {
    const due = await pushes.waiting({ sender, from, until, ...(afterId && { afterId }) }, WAKE_CHUNK)
    notifier.pushes(due)
    const last = due.at(-1)
    if (!last || due.length < WAKE_CHUNK) return
    from = last.due
    afterId = last.id
  }
}

/** Counts of a minute, and many more. */
const OLD_COUNTS = 20_000

function isHouseDue({ tidiedAt }: Memory): boolean {
  return Date.now() - tidiedAt >= HOUSEKEEPING_MS
}

/** What may wait for the minute; a Postgres server needs no vacuum from here. */
async function keepHouse({ store, observer, retention }: SweeperDeps, memory: Memory): Promise<void> {
  memory.tidiedAt = Date.now()
  await store.history.makeDays(retention)
  for (const { id: push, ...expired } of await store.pushes.expire(EXPIRE_CHUNK)) observer.tried({ push, ...expired })
  await store.counts.removeOld(OLD_COUNTS)
  await store.nonces.removeExpired()
  await store.snapperQueues.removeExpired()
  await store.vacuum()
}

/** All of them, unless that would delay the next tick. */
async function removeExpiredKeys({ idempotency }: Pick<Store, 'idempotency'>): Promise<void> {
  const until = Date.now() + REMOVING_KEYS_MS
  while ((await idempotency.removeExpired(EXPIRED_KEYS)) === EXPIRED_KEYS && Date.now() < until);
}

/** Rows of one step. A step takes some 100 ms, in which nothing is woken, so a tick makes one. */
const OLD_RECIPIENTS = 5000

/** Addresses of one step. */
const UNSEEN_ADDRESSES = 1000

/** Removes some of what is too old. @returns whether there is more. */
async function removeOld({ store, retention, addressRetention }: SweeperDeps): Promise<boolean> {
  const days = await store.history.removeDays(retention)
  const broadcast = await store.history.removeOldBroadcasts(retention, OLD_RECIPIENTS)
  const addresses = await store.addresses.removeUnseen(addressRetention, UNSEEN_ADDRESSES)
  return days || broadcast || addresses === UNSEEN_ADDRESSES
}
