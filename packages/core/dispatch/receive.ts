import { type Backplane, errorCode, type Logger, UnreadableMessage } from '@carillon/contract'
import type { Consumer } from '@carillon/queue'
import type { ClaimedPush } from '@carillon/store'
import { type DeliverDeps, sendClaimed } from '../claim/deliver.ts'
import { someIds } from '../notifier.ts'
import {
  ANNOUNCE_EVERY_MS,
  DIRECT_DISPATCH,
  type DirectDispatch,
  IDLE_NOTICE,
  IDLE_TOPIC,
  inboxOf,
} from './messages.ts'

export interface ReceiveDeps extends DeliverDeps {
  /** This worker's id. */
  worker: string
  backplane: IdleAnnouncerDeps['backplane']
}

/** Milliseconds. A dispatch that is older, or comes from the future, was late, or the clocks differ. */
const LATE_MS = 2000

/** Announces that this worker is idle, and sends the pushes that it then receives. */
export function receiveDispatches(deps: ReceiveDeps): Consumer {
  const { worker, sender, concurrency, backplane, observer, log } = deps
  const receiving = new Set<Promise<void>>()
  const announcer = new IdleAnnouncer({
    backplane,
    worker,
    sender: sender.name,
    room: () => (concurrency.isIdle ? concurrency.room : 0),
    receive(dispatch) {
      observer.batch('give', dispatch.pushes.length)
      const received = receive(deps, dispatch)
        .catch((error: unknown) =>
          log.error(
            { error: errorCode(error) },
            'dispatched pushes could not be started; other workers will claim them',
          ),
        )
        .finally(() => receiving.delete(received))
      receiving.add(received)
    },
    log,
  })
  concurrency.onReturn(() => announcer.refresh())
  return {
    async stop() {
      await announcer.stop()
      await Promise.all(receiving)
    },
  }
}

async function receive(deps: ReceiveDeps, dispatch: DirectDispatch): Promise<void> {
  const isLate = Math.abs(Date.now() - dispatch.at) > LATE_MS
  const heldSince = performance.now() - (isLate ? 0 : dispatch.age)
  const held = isLate ? await stillHeld(deps, dispatch.pushes) : dispatch.pushes
  for (const push of held) deps.leases.hold(push, heldSince)
  using permit = deps.concurrency.acquireNow(held.length)
  await sendClaimed(deps, held, permit)
}

/** Other workers may have claimed some of a late dispatch meanwhile; all of it, where that cannot be known. */
async function stillHeld({ pushes: rows, leaseSeconds, log }: ReceiveDeps, pushes: ClaimedPush[]) {
  try {
    const held = new Set(await rows.renew(pushes, leaseSeconds))
    return pushes.filter(({ id }) => held.has(id))
  } catch (error) {
    const ids = pushes.map(({ id }) => id)
    log.warn({ error: errorCode(error), ...someIds(ids) }, 'the leases of late pushes could not be renewed; they wait')
    return []
  }
}

export interface IdleAnnouncerDeps {
  backplane(): Promise<Backplane>
  worker: string
  sender: string
  /** Pushes that it can start at once; 0: it is not idle. */
  room(): number
  receive(dispatch: DirectDispatch): void
  log: Logger
}

/** How often a worker checks whether it is idle, in ms. */
const CHECK_MS = 50

/** Announces, for one sender of a worker, that the worker is idle, and receives what is dispatched to it. */
export class IdleAnnouncer {
  readonly #deps: IdleAnnouncerDeps
  readonly #timer: NodeJS.Timeout
  #backplane: Backplane | undefined
  #announcedIdle = false
  /** What was announced last, less what was received since. */
  #remaining = 0
  /** By `performance.now()`; before it has subscribed, when it tried to. */
  #announcedAt = 0

  constructor(deps: IdleAnnouncerDeps) {
    this.#deps = deps
    this.#timer = setInterval(() => this.refresh(), CHECK_MS)
    void this.#subscribe()
  }

  /** Announces what changed. */
  refresh(): void {
    const isOld = performance.now() - this.#announcedAt > ANNOUNCE_EVERY_MS
    if (!this.#backplane) {
      if (isOld) void this.#subscribe()
      return
    }
    const room = this.#deps.room()
    const isIdle = room > 0
    if (isIdle !== this.#announcedIdle || (isIdle && (isOld || 2 * this.#remaining < room))) this.#announce(room)
  }

  /** Nothing is received any more once it resolves. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    if (!this.#backplane) return
    this.#announce(0)
    await this.#backplane.unsubscribe(inboxOf(this.#deps))
  }

  async #subscribe(): Promise<void> {
    this.#announcedAt = performance.now()
    try {
      const backplane = await this.#deps.backplane()
      await backplane.subscribe(inboxOf(this.#deps), (text) => this.#hear(DIRECT_DISPATCH.read(text)))
      this.#backplane = backplane
      this.refresh()
    } catch (error) {
      this.#logFault(error)
    }
  }

  #hear(dispatch: DirectDispatch): void {
    const { sender } = this.#deps
    if (dispatch.pushes.some((push) => push.sender !== sender)) throw new UnreadableMessage('dispatch', 'shape')
    // Within one process the caller's answer comes first
    setImmediate(() => this.#receive(dispatch))
  }

  #receive(dispatch: DirectDispatch): void {
    this.#remaining -= dispatch.pushes.length
    this.#deps.receive(dispatch)
    this.refresh()
  }

  #announce(room: number): void {
    this.#announcedIdle = room > 0
    this.#remaining = room
    this.#announcedAt = performance.now()
    const { worker, sender } = this.#deps
    const notice = IDLE_NOTICE.write({ worker, sender, room })
    this.#backplane!.publish(IDLE_TOPIC, notice).catch((error: unknown) => this.#logFault(error))
  }

  #logFault(error: unknown): void {
    const { log, sender } = this.#deps
    log.debug({ sender, error: errorCode(error) }, 'this worker could not announce that it is idle; it claims pushes')
  }
}
