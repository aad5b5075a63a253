import { setTimeout as pause } from 'node:timers/promises'
import { errorCode, type Logger, type Observer, type PushFilter } from '@carillon/contract'
import type { HistoryRepository, PushRepository, PushWakeUp } from '@carillon/store'
import type { Notifier } from '../notifier.ts'

/** Pushes of one statement, and statements of one call: a call must answer before its caller hangs up. */
const STEP = 500
const STEPS = 100

export interface ReplayDeps {
  history: HistoryRepository
  notifier: Notifier
  observer: Observer
}

/** Replays one dead push, and wakes a worker. */
export function replayPush(deps: ReplayDeps): (app: number, id: string) => Promise<void> {
  return async (app, id) => wakeReplayed(deps, app, [await deps.history.replay(app, id)])
}

/** Replays dead pushes step by step, newest first, so that one that dies again at once is not met again. */
export function replayDead(deps: ReplayDeps) {
  return async (app: number, { after, ...filter }: PushFilter & { after?: string | undefined }) => {
    let replayed = 0
    let next: string | null | undefined = after
    for (let step = 0; step < STEPS && next !== null; step++) {
      const done = await deps.history.replaySome(app, filter, next, STEP)
      wakeReplayed(deps, app, done.wakeUps)
      replayed += done.wakeUps.length
      next = done.next
    }
    return { replayed, next: next ?? null }
  }
}

function wakeReplayed({ notifier, observer }: ReplayDeps, app: number, wakeUps: PushWakeUp[]): void {
  notifier.pushes(wakeUps)
  for (const { id, sender } of wakeUps) observer.replayed({ push: id, app, sender })
}

export interface ArrivalDeps {
  pushes: PushRepository
  notifier: Notifier
  /** Names of the senders whose pushes wait for live connections. */
  wakesOnConnect: readonly string[]
  log: Logger
}

/**
 * Milliseconds between checks. A push that was being sent when its pusher connected found nobody online, and is put off
 * only afterwards. The last check is for processes that do not answer whether the user is connected to them.
 */
const CHECK_AFTER_MS = [0, 500, 5000]

/**
 * Makes the pushes due that wait for a user who has connected. Never rejects: a push that this misses is sent when its
 * delay is over.
 */
export function onArrival(deps: ArrivalDeps): (app: number, user: string) => Promise<void> {
  const { pushes, notifier, wakesOnConnect, log } = deps
  return async (app, user) => {
    try {
      for (const milliseconds of CHECK_AFTER_MS) {
        if (milliseconds > 0) await pause(milliseconds, undefined, { ref: false })
        notifier.pushes(await pushes.makeDue(app, wakesOnConnect, user))
      }
    } catch (error) {
      log.warn({ app, code: errorCode(error) }, 'the pushes that wait for a user to connect could not be made due')
    }
  }
}
