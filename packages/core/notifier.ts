import { inBatches } from '@carillon/async'
import { errorCode, type Logger, type Priority } from '@carillon/contract'
import type { Queue, WakeUpJob } from '@carillon/queue'
import type { BroadcastWakeUp, PushWakeUp } from '@carillon/store'

/** Milliseconds. What is due later than this has no job: the sweeper adds one in time. */
export const QUEUED_AHEAD_MS = 65_000
/** Pushes of one wake-up: enough to claim rows in bulk, few enough to distribute among workers. */
const WAKE_UP_SIZE = 100
/** A timer may fire a little early by the database's clock. */
const TIMER_SLACK_MS = 5
/** Milliseconds: pushes that are due within so short a time share wake-ups, or a sender would get them one by one. */
const SAME_TIME_MS = 250
/** Pages of one broadcast in flight at once, so that other pushes never wait behind it. */
export const PAGES_IN_FLIGHT = 4

/** Wakes workers for committed rows. While the queue cannot be reached, the sweeper wakes them later. */
export interface Notifier {
  /** One wake-up for up to 100 pushes of a sender that are due at about the same time. */
  pushes(wakeUps: PushWakeUp[]): void
  /** One wake-up per push, so that a push that kills its worker does not use up the attempts of others. */
  each(wakeUps: PushWakeUp[]): void
  broadcast(wake: BroadcastWakeUp, pages: number): void
}

export function notifierOn(queue: Queue, log: Logger): Notifier {
  const wake = (wakeUps: WakeUpJob[]) => {
    const soon = wakeUps.filter(({ delay }) => delay <= QUEUED_AHEAD_MS)
    if (soon.length === 0) return
    queue.wake(soon).catch((error: unknown) => {
      const ids = soon.flatMap(({ wakeUp }) => ('pushes' in wakeUp ? wakeUp.pushes : []))
      log.warn(
        { error: errorCode(error), ...someIds(ids) },
        'the queue did not accept a wake-up; the sweeper will find these pushes',
      )
    })
  }
  return {
    pushes: (wakeUps) => wake(group(wakeUps)),
    each: (wakeUps) => wake(wakeUps.map((wakeUp) => jobOf([wakeUp]))),
    broadcast: ({ id, sender, delay }, pages) =>
      wake(
        Array.from({ length: pages }, () => ({
          sender,
          wakeUp: { broadcast: id },
          delay: slack(delay),
          priority: 'low',
        })),
      ),
  }
}

function group(wakeUps: PushWakeUp[]): WakeUpJob[] {
  const alike = Map.groupBy(wakeUps, ({ sender, priority, delay }) => `${sender} ${priority} ${delay === 0}`)
  return [...alike.values()].flatMap(dueTogether).flatMap((some) => inBatches(some, WAKE_UP_SIZE).map(jobOf))
}

function dueTogether(wakeUps: PushWakeUp[]): PushWakeUp[][] {
  const groups: PushWakeUp[][] = []
  for (const wake of wakeUps.toSorted((a, b) => a.delay - b.delay)) {
    const last = groups.at(-1)
    if (last && wake.delay - last[0]!.delay <= SAME_TIME_MS) last.push(wake)
    else groups.push([wake])
  }
  return groups
}

/** The job that wakes up pushes, given in the order in which they are due: all must be due when it runs. */
function jobOf(wakeUps: PushWakeUp[]): WakeUpJob {
  const { sender, priority, delay } = wakeUps.at(-1)! as { sender: string; priority: Priority; delay: number }
  return { sender, priority, delay: slack(delay), wakeUp: { pushes: wakeUps.map(({ id }) => id) } }
}

function slack(delay: number): number {
  return delay > 0 ? delay + TIMER_SLACK_MS : 0
}

const MOST_IDS = 20

/** Fields of a log line about many pushes: how many, and the ids of the first. */
export function someIds(ids: readonly string[]): { count: number; pushes: string[] } {
  return { count: ids.length, pushes: ids.slice(0, MOST_IDS) }
}
