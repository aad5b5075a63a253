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
  log: Logger
}

/** The sender whose pushes wait for people to connect. */
const REALTIME_SENDER = 'sendrealtime'
/**
 * Milliseconds between looks: a push that was being tried when its pusher connected was told that nobody is there,
 * and is put off only afterwards. The last is for processes that do not answer whether they have somebody.
 */
const LOOKS_AFTER_MS = [0, 500, 5000]

/** A person has connected: what waited for that goes now. Never throws; without it the pushes are tried when they are due. */
export function onArrival({ pushes, notifier, log }: ArrivalDeps): (app: number, user: string) => Promise<void> {
  const look = async (app: number, user: string) => notifier.pushes(await pushes.makeDue(app, REALTIME_SENDER, user))
  return async (app, user) => {
    try {
      for (const milliseconds of LOOKS_AFTER_MS) {
        if (milliseconds > 0) await pause(milliseconds, undefined, { ref: false })
        await look(app, user)
      }
    } catch (error) {
      log.warn({ app, code: errorCode(error) }, 'the pushes that wait for a person could not be looked at')
    }
  }
}
