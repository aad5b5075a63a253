import { errorCode, type Logger, type Priority } from '@carillon/contract'
import type { Queue, Wake } from '@carillon/queue'
import type { BroadcastWake, PushWake } from '@carillon/store'
import { inBatches } from './in-batches.ts'
import { someIds } from './some-ids.ts'

/** What is due later than this waits in its row alone; the sweeper tells the queue in time. */
export const TOLD_AHEAD_MS = 65_000
/** Pushes of one hint: enough to take rows in bulk, few enough to share out among workers. */
const HINT_SIZE = 100
/** A timer may fire a little early by the database's clock. */
const TIMER_SLACK_MS = 5
/** Milliseconds: pushes that are due within so short a time share hints, or a sender would get them one by one. */
const SAME_TIME_MS = 250
/** Pages of one broadcast in flight at once, so that other pushes never wait behind it. */
export const PAGES_IN_FLIGHT = 4

/** Tells workers about committed rows; a queue that is away costs time only. */
export interface Waker {
  /** One hint for up to 100 pushes of a sender that are due at about the same time. */
  pushes(wakes: PushWake[]): void
  /** One hint per push, so that a poisonous one does not burn its neighbours' tries. */
  each(wakes: PushWake[]): void
  broadcast(wake: BroadcastWake, pages: number): void
}

export function waker(queue: Queue, log: Logger): Waker {
  const tell = (wakes: Wake[]) => {
    const soon = wakes.filter(({ delay }) => delay <= TOLD_AHEAD_MS)
    if (soon.length === 0) return
    queue.wake(soon).catch((error: unknown) => {
      const ids = soon.flatMap(({ hint }) => ('pushes' in hint ? hint.pushes : []))
      log.warn(
        { error: errorCode(error), ...someIds(ids) },
        'the queue did not take a hint; the sweeper will wake these',
      )
    })
  }
  return {
    pushes: (wakes) => tell(group(wakes)),
    each: (wakes) => tell(wakes.map((wake) => hintOf([wake]))),
    broadcast: ({ id, sender, delay }, pages) =>
      tell(
        Array.from({ length: pages }, () => ({
          sender,
          hint: { broadcast: id },
          delay: slack(delay),
          priority: 'low',
        })),
      ),
  }
}

function group(wakes: PushWake[]): Wake[] {
  const alike = Map.groupBy(wakes, ({ sender, priority, delay }) => `${sender} ${priority} ${delay === 0}`)
  return [...alike.values()].flatMap(dueTogether).flatMap((some) => inBatches(some, HINT_SIZE).map(hintOf))
}

function dueTogether(wakes: PushWake[]): PushWake[][] {
  const groups: PushWake[][] = []
  for (const wake of wakes.toSorted((a, b) => a.delay - b.delay)) {
    const last = groups.at(-1)
    if (last && wake.delay - last[0]!.delay <= SAME_TIME_MS) last.push(wake)
    else groups.push([wake])
  }
  return groups
}

/** Of pushes that are due one after the other, in their order: all must be due when they are told of. */
function hintOf(wakes: PushWake[]): Wake {
  const { sender, priority, delay } = wakes.at(-1)! as { sender: string; priority: Priority; delay: number }
  return { sender, priority, delay: slack(delay), hint: { pushes: wakes.map(({ id }) => id) } }
}

function slack(delay: number): number {
  return delay > 0 ? delay + TIMER_SLACK_MS : 0
}
