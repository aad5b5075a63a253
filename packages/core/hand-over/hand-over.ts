import { errorCode, type Logger } from '@carillon/contract'
import type { NewPush, PushRepository, TakenWithPusher } from '@carillon/store'
import { someIds } from '../some-ids.ts'
import type { Waker } from '../wake.ts'
import type { FreeHands, FreeWorker } from './free-hands.ts'
import type { Hand, Parcel } from './parcel.ts'

/** What is more than this at once is shared out among workers, by hints. */
const MOST_PUSHES = 100
const MOST_CHARACTERS = 100_000

export interface HandOverParts {
  hands: FreeHands
  pushes: PushRepository
  waker: Waker
  log: Logger
}

/** Pushes that are taken as they are written, and given to workers that have nothing to do. */
export interface HandOver {
  /** All of them, some with their worker. */
  pushes: NewPush[]
  give(taken: TakenWithPusher[]): void
}

/** Begun before the pushes are written. What no worker is free for waits to be taken. */
export function beginHandOver(parts: HandOverParts, pushes: NewPush[]): HandOver {
  const workers = isMuch(pushes) ? new Map<string, FreeWorker>() : freeWorkers(parts.hands, pushes)
  const begun = performance.now()
  return {
    pushes: withWorkers(pushes, workers),
    give(taken) {
      const age = performance.now() - begun
      for (const [sender, group] of Map.groupBy(taken, (push) => push.sender))
        void give(parts, { worker: workers.get(sender)!.worker, sender }, { at: Date.now(), age, pushes: group })
    },
  }
}

function freeWorkers(hands: FreeHands, pushes: NewPush[]): Map<string, FreeWorker> {
  const bySender = Map.groupBy(pushes, ({ sender }) => sender)
  return new Map(
    [...bySender].flatMap(([sender, group]) => {
      const free = hands.find(sender, group.length)
      return free ? [[sender, free] as const] : []
    }),
  )
}

/** What has low priority has time, and stands in line behind all others. */
function withWorkers(pushes: NewPush[], workers: Map<string, FreeWorker>): NewPush[] {
  const left = new Map([...workers].map(([sender, { room }]) => [sender, room]))
  return pushes.map((push) => {
    const { sender, priority } = push
    const room = left.get(sender) ?? 0
    if (priority === 'low' || room === 0) return push
    left.set(sender, room - 1)
    return { ...push, worker: workers.get(sender)!.worker }
  })
}

function isMuch(pushes: NewPush[]): boolean {
  return pushes.length > MOST_PUSHES || pushes.reduce((sum, { data }) => sum + data.length, 0) > MOST_CHARACTERS
}

/** Where nobody knows whether a parcel arrived, its pushes may be on their way: they stay held until the lease is over. */
async function give(parts: HandOverParts, to: Hand, parcel: Parcel): Promise<void> {
  try {
    if (!(await parts.hands.give(to, parcel))) await takeBack(parts, parcel.pushes)
  } catch (error) {
    const ids = parcel.pushes.map(({ id }) => id)
    parts.log.warn(
      { error: errorCode(error), ...someIds(ids) },
      'a worker may not have got these; others will take them',
    )
  }
}

async function takeBack({ pushes, waker }: HandOverParts, taken: TakenWithPusher[]): Promise<void> {
  const recorded = await pushes.record(taken.map(({ id, attempt }) => ({ id, attempt, result: { is: 'returned' } })))
  waker.pushes(recorded.wakes)
}
