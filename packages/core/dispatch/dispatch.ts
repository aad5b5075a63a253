import { type Backplane, errorCode, type Logger } from '@carillon/contract'
import type { ClaimedPush, NewPush, PushRepository } from '@carillon/store'
import { type Notifier, someIds } from '../notifier.ts'
import {
  ANNOUNCE_EVERY_MS,
  DIRECT_DISPATCH,
  type DirectDispatch,
  type DispatchTarget,
  IDLE_NOTICE,
  IDLE_TOPIC,
  type IdleNotice,
  inboxOf,
  NOTICE_VALID_MS,
} from './messages.ts'

/** More than this at once is distributed among workers, by wake-ups. */
const MOST_PUSHES = 100
const MOST_CHARACTERS = 100_000

export interface DispatchDeps {
  idleWorkers: IdleWorkers
  pushes: PushRepository
  notifier: Notifier
  log: Logger
}

/** Pushes that are claimed as they are written, and dispatched to idle workers. */
export interface PlannedDispatch {
  /** All of them, those that an idle worker may send with its id. */
  pushes: NewPush[]
  dispatch(claimed: ClaimedPush[]): void
}

/** Looks for idle workers before the pushes are written. A push without one waits to be claimed. */
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

/** A push of low priority is not dispatched: it waits behind all others. */
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

/** If it is unknown whether a dispatch arrived, its pushes may be sent, so they stay claimed until the lease expires. */
async function dispatch(deps: DispatchDeps, to: DispatchTarget, message: DirectDispatch): Promise<void> {
  try {
    if (!(await deps.idleWorkers.dispatch(to, message))) await returnPushes(deps, message.pushes)
  } catch (error) {
    const ids = message.pushes.map(({ id }) => id)
    deps.log.warn(
      { error: errorCode(error), ...someIds(ids) },
      'a worker may not have received these pushes; others will claim them',
    )
  }
}

async function returnPushes({ pushes, notifier }: DispatchDeps, claimed: ClaimedPush[]): Promise<void> {
  const recorded = await pushes.record(claimed.map(({ id, attempt }) => ({ id, attempt, result: { is: 'returned' } })))
  notifier.pushes(recorded.wakeUps)
}

/** A worker that can start so many pushes at once. */
interface IdleWorker {
  worker: string
  room: number
}

/** The room that a worker announced, less what was dispatched to it since, and when, by `performance.now()`. */
interface Announcement {
  room: number
  at: number
}

/** Knows which workers were idle a moment ago. */
export class IdleWorkers {
  readonly #open: () => Promise<Backplane>
  readonly #log: Logger
  /** By sender and worker. */
  readonly #announced = new Map<string, Map<string, Announcement>>()
  #backplane: Backplane | undefined
  /** By `performance.now()`, when it last tried to subscribe. */
  #triedAt = -Infinity
  #isSubscribed = false

  constructor(open: () => Promise<Backplane>, log: Logger) {
    this.#open = open
    this.#log = log
  }

  /** Finds a worker that is idle for some of a sender's pushes, and takes them off its room. Workers take turns. */
  find(sender: string, most: number): IdleWorker | undefined {
    if (!this.#isSubscribed && performance.now() - this.#triedAt > ANNOUNCE_EVERY_MS) void this.#subscribe()
    const workers = this.#announced.get(sender)
    for (const [worker, notice] of workers ?? []) {
      workers!.delete(worker)
      if (performance.now() - notice.at > NOTICE_VALID_MS) continue
      const room = Math.min(most, notice.room)
      if (room < notice.room) workers!.set(worker, { ...notice, room: notice.room - room }) // behind the others
      return { worker, room }
    }
    return undefined
  }

  /** @returns false when the worker is gone. Rejects when it is unknown whether the message arrived. */
  async dispatch(to: DispatchTarget, message: DirectDispatch): Promise<boolean> {
    try {
      return (await this.#backplane!.publish(inboxOf(to), DIRECT_DISPATCH.write(message))) > 0
    } catch (error) {
      this.#announced.clear() // so that no more pushes go the same way
      throw error
    }
  }

  async #subscribe(): Promise<void> {
    this.#isSubscribed = true
    this.#triedAt = performance.now()
    try {
      this.#backplane = await this.#open()
      await this.#backplane.subscribe(IDLE_TOPIC, (text) => this.#hear(IDLE_NOTICE.read(text)))
    } catch (error) {
      this.#isSubscribed = false
      this.#log.debug({ error: errorCode(error) }, 'idle workers are unknown; workers claim what is pushed')
    }
  }

  #hear({ worker, sender, room }: IdleNotice): void {
    const workers = this.#announced.get(sender) ?? new Map<string, Announcement>()
    this.#announced.set(sender, workers)
    if (room > 0) workers.set(worker, { room, at: performance.now() })
    else workers.delete(worker)
  }
}
