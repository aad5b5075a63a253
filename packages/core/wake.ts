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
/** Pages of one broadcast in flight at once, so that other pushes never wait behind it. */
export const PAGES_IN_FLIGHT = 4

/** Tells workers about committed rows; a queue that is away costs time only. */
export interface Waker {
  /** One hint for up to 100 pushes that are due together. */
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

/** Pushes of one sender and priority that are due now share hints; the others go alone. */
function group(wakes: PushWake[]): Wake[] {
  const due = Map.groupBy(wakes, ({ sender, priority, delay }) => (delay === 0 ? `${sender} ${priority}` : 'later'))
  const later = due.get('later') ?? []
  due.delete('later')
  return [...[...due.values()].flatMap(inHints), ...later.map((wake) => hintOf([wake]))]
}

function inHints(wakes: PushWake[]): Wake[] {
  return inBatches(wakes, HINT_SIZE).map(hintOf)
}

function hintOf(wakes: PushWake[]): Wake {
  const { sender, priority, delay } = wakes[0]! as { sender: string; priority: Priority; delay: number }
  return { sender, priority, delay: slack(delay), hint: { pushes: wakes.map(({ id }) => id) } }
}

function slack(delay: number): number {
  return delay > 0 ? delay + TIMER_SLACK_MS : 0
}
