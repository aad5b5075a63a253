import type { PushFilter } from '@carillon/contract'
import type { HistoryRepository } from '@carillon/store'
import type { Waker } from './wake.ts'

/** Pushes of one statement, and statements of one call: a call must answer before its caller hangs up. */
const STEP = 500
const STEPS = 100

export interface ReplayParts {
  history: HistoryRepository
  waker: Waker
}

/** Replays one dead push, and wakes a worker. */
export function replayPush({ history, waker }: ReplayParts): (app: number, id: string) => Promise<void> {
  return async (app, id) => waker.pushes([await history.replay(app, id)])
}

/** Replays dead pushes step by step, newest first, so that one that dies again at once is not met again. */
export function replayDead({ history, waker }: ReplayParts) {
  return async (app: number, { after, ...filter }: PushFilter & { after?: string | undefined }) => {
    let replayed = 0
    let next: string | null | undefined = after
    for (let step = 0; step < STEPS && next !== null; step++) {
      const done = await history.replaySome(app, filter, next, STEP)
      waker.pushes(done.wakes)
      replayed += done.wakes.length
      next = done.next
    }
    return { replayed, next: next ?? null }
  }
}
