import type { Observer, PushFilter } from '@carillon/contract'
import type { HistoryRepository, PushWake } from '@carillon/store'
import type { Waker } from './wake.ts'

/** Pushes of one statement, and statements of one call: a call must answer before its caller hangs up. */
const STEP = 500
const STEPS = 100

export interface ReplayParts {
  history: HistoryRepository
  waker: Waker
  observer: Observer
}

/** Replays one dead push, and wakes a worker. */
export function replayPush(parts: ReplayParts): (app: number, id: string) => Promise<void> {
  return async (app, id) => wakeReplayed(parts, app, [await parts.history.replay(app, id)])
}

/** Replays dead pushes step by step, newest first, so that one that dies again at once is not met again. */
export function replayDead(parts: ReplayParts) {
  return async (app: number, { after, ...filter }: PushFilter & { after?: string | undefined }) => {
    let replayed = 0
    let next: string | null | undefined = after
    for (let step = 0; step < STEPS && next !== null; step++) {
      const done = await parts.history.replaySome(app, filter, next, STEP)
      wakeReplayed(parts, app, done.wakes)
      replayed += done.wakes.length
      next = done.next
    }
    return { replayed, next: next ?? null }
  }
}

function wakeReplayed({ waker, observer }: ReplayParts, app: number, wakes: PushWake[]): void {
  waker.pushes(wakes)
  for (const { id, sender } of wakes) observer.replayed({ push: id, app, sender })
}
