import { type Backplane, errorCode, type Logger, UnreadableMessage } from '@carillon/contract'
import {
  ANNOUNCE_EVERY_MS,
  DIRECT_DISPATCH,
  type DirectDispatch,
  IDLE_NOTICE,
  IDLE_TOPIC,
  inboxOf,
} from './messages.ts'

export interface IdleAnnouncerDeps {
  backplane(): Promise<Backplane>
  worker: string
  sender: string
  /** Pushes that it can begin to send at once; 0: it is not free. */
  room(): number
  receive(dispatch: DirectDispatch): void
  log: Logger
}

/** How often a worker looks whether it is free, in ms. */
const LOOK_MS = 50

/** One sender's worker, which says that it is free as long as it is, and takes what it is then given. */
export class IdleAnnouncer {
  readonly #deps: IdleAnnouncerDeps
  readonly #timer: NodeJS.Timeout
  #backplane: Backplane | undefined
  #announcedIdle = false
  /** What was said last, without what came since. */
  #remaining = 0
  /** By `performance.now()`; before it listens, when it tried to. */
  #announcedAt = 0

  constructor(deps: IdleAnnouncerDeps) {
    this.#deps = deps
    this.#timer = setInterval(() => this.refresh(), LOOK_MS)
    void this.#listen()
  }

  /** Says what changed. */
  refresh(): void {
    const isOld = performance.now() - this.#announcedAt > ANNOUNCE_EVERY_MS
    if (!this.#backplane) {
      if (isOld) void this.#listen()
      return
    }
    const room = this.#deps.room()
    const free = room > 0
    if (free !== this.#announcedIdle || (free && (isOld || 2 * this.#remaining < room))) this.#announce(room)
  }

  /** Nothing comes any more once it resolves. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    if (!this.#backplane) return
    this.#announce(0)
    await this.#backplane.unsubscribe(inboxOf(this.#deps))
  }

  async #listen(): Promise<void> {
    this.#announcedAt = performance.now()
    try {
      const backplane = await this.#deps.backplane()
      await backplane.subscribe(inboxOf(this.#deps), (text) => this.#hear(DIRECT_DISPATCH.read(text)))
      this.#backplane = backplane
      this.refresh()
    } catch (error) {
      this.#trouble(error)
    }
  }

  #hear(dispatch: DirectDispatch): void {
    const { sender } = this.#deps
    if (dispatch.pushes.some((push) => push.sender !== sender)) throw new UnreadableMessage('dispatch', 'shape')
    // In one process whoever pushed hears first that it was accepted
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
    this.#backplane!.publish(IDLE_TOPIC, notice).catch((error: unknown) => this.#trouble(error))
  }

  #trouble(error: unknown): void {
    const { log, sender } = this.#deps
    log.debug({ sender, error: errorCode(error) }, 'nobody hears that this worker is free; it takes pushes by itself')
  }
}
