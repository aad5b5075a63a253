import { errorCode, type Logger } from '@carillon/contract'
import type { NewPush, PushRepository, TakenWithPusher, Taking } from '@carillon/store'
import { LEASE_S } from '../lease.ts'
import { someIds } from '../some-ids.ts'
import type { Waker } from '../wake.ts'
import type { FreeHands } from './free-hands.ts'
import type { Parcel } from './parcel.ts'

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
  taking: Taking
  give(taken: TakenWithPusher[]): void
}

/** Begun before the pushes are written. Null: they wait to be taken. */
export function beginHandOver(parts: HandOverParts, pushes: NewPush[]): HandOver | null {
  if (isMuch(pushes)) return null
  const inboxes = new Map<string, string>()
  for (const sender of new Set(pushes.map((push) => push.sender))) {
    const inbox = parts.hands.find(sender)
    if (inbox !== undefined) inboxes.set(sender, inbox)
  }
  if (inboxes.size === 0) return null
  const begun = performance.now()
  return {
    taking: { senders: new Set(inboxes.keys()), leaseSeconds: LEASE_S },
    give(taken) {
      const age = performance.now() - begun
      for (const [sender, group] of Map.groupBy(taken, (push) => push.sender))
        void give(parts, inboxes.get(sender)!, { at: Date.now(), age, pushes: group })
    },
  }
}

function isMuch(pushes: NewPush[]): boolean {
  return pushes.length > MOST_PUSHES || pushes.reduce((sum, { data }) => sum + data.length, 0) > MOST_CHARACTERS
}

/** Where nobody knows whether a parcel arrived, its pushes may be on their way: they stay held until the lease is over. */
async function give(parts: HandOverParts, inbox: string, parcel: Parcel): Promise<void> {
  try {
    if (!(await parts.hands.give(inbox, JSON.stringify(parcel)))) await takeBack(parts, parcel.pushes)
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
