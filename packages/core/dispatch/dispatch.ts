import { errorCode, type Logger } from '@carillon/contract'
import type { ClaimedWithPusher, NewPush, PushRepository } from '@carillon/store'
import type { Notifier } from '../notifier.ts'
import { someIds } from '../some-ids.ts'
import type { IdleWorker, IdleWorkers } from './idle-workers.ts'
import type { DirectDispatch, DispatchTarget } from './messages.ts'

/** What is more than this at once is shared out among workers, by wake-ups. */
const MOST_PUSHES = 100
const MOST_CHARACTERS = 100_000

export interface DispatchDeps {
  idleWorkers: IdleWorkers
  pushes: PushRepository
  notifier: Notifier
  log: Logger
}

/** Pushes that are claimed as they are written, and given to workers that have nothing to do. */
export interface PlannedDispatch {
  /** All of them, some with their worker. */
  pushes: NewPush[]
  dispatch(claimed: ClaimedWithPusher[]): void
}

/** Begun before the pushes are written. What no worker is free for waits to be claimed. */
export function planDispatch(deps: DispatchDeps, pushes: NewPush[]): PlannedDispatch {
  const workers = isMuch(pushes) ? new Map<string, IdleWorker>() : findIdleWorkers(deps.idleWorkers, pushes)
  const begun = performance.now()
  return {
    pushes: withWorkers(pushes, workers),
    dispatch(claimed) {
      const age = performance.now() - begun
      for (const [sender, group] of Map.groupBy(claimed, (push) => push.sender))
        void dispatch(deps, { worker: workers.get(sender)!.worker, sender }, { at: Date.now(), age, pushes: group })
    },
  }
}

function findIdleWorkers(idleWorkers: IdleWorkers, pushes: NewPush[]): Map<string, IdleWorker> {
  const bySender = Map.groupBy(pushes, ({ sender }) => sender)
  return new Map(
    [...bySender].flatMap(([sender, group]) => {
      const idle = idleWorkers.find(sender, group.length)
      return idle ? [[sender, idle] as const] : []
    }),
  )
}

/** What has low priority has time, and stands in line behind all others. */
function withWorkers(pushes: NewPush[], workers: Map<string, IdleWorker>): NewPush[] {
  const remaining = new Map([...workers].map(([sender, { room }]) => [sender, room]))
  return pushes.map((push) => {
    const { sender, priority } = push
    const room = remaining.get(sender) ?? 0
    if (priority === 'low' || room === 0) return push
    remaining.set(sender, room - 1)
    return { ...push, worker: workers.get(sender)!.worker }
  })
}

function isMuch(pushes: NewPush[]): boolean {
  return pushes.length > MOST_PUSHES || pushes.reduce((sum, { data }) => sum + data.length, 0) > MOST_CHARACTERS
}

/** Where nobody knows whether a dispatch arrived, its pushes may be on their way: they stay held until the lease is over. */
async function dispatch(deps: DispatchDeps, to: DispatchTarget, message: DirectDispatch): Promise<void> {
  try {
    if (!(await deps.idleWorkers.dispatch(to, message))) await returnPushes(deps, message.pushes)
  } catch (error) {
    const ids = message.pushes.map(({ id }) => id)
    deps.log.warn(
      { error: errorCode(error), ...someIds(ids) },
      'a worker may not have got these; others will take them',
    )
  }
}

async function returnPushes({ pushes, notifier }: DispatchDeps, claimed: ClaimedWithPusher[]): Promise<void> {
  const recorded = await pushes.record(claimed.map(({ id, attempt }) => ({ id, attempt, result: { is: 'returned' } })))
  notifier.pushes(recorded.wakeUps)
}
