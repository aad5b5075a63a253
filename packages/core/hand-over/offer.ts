import { type Backplane, errorCode, type Logger, UnreadableMessage } from '@carillon/contract'
import { FREE_TOPIC, IDLE_NOTICE, inboxOf, PARCEL, type Parcel, SAID_EVERY_MS } from './parcel.ts'

export interface OfferParts {
  backplane(): Promise<Backplane>
  worker: string
  sender: string
  /** Pushes that it can begin to send at once; 0: it is not free. */
  room(): number
  take(parcel: Parcel): void
  log: Logger
}

/** How often a worker looks whether it is free, in ms. */
const LOOK_MS = 50

/** One sender's worker, which says that it is free as long as it is, and takes what it is then given. */
export class Offer {
  readonly #parts: OfferParts
  readonly #timer: NodeJS.Timeout
  #backplane: Backplane | undefined
  #saidFree = false
  /** What was said last, without what came since. */
  #left = 0
  /** By `performance.now()`; before it listens, when it tried to. */
  #saidAt = 0

  constructor(parts: OfferParts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.look(), LOOK_MS)
    void this.#listen()
  }

  /** Says what changed. */
  look(): void {
    const isOld = performance.now() - this.#saidAt > SAID_EVERY_MS
    if (!this.#backplane) {
      if (isOld) void this.#listen()
      return
    }
    const room = this.#parts.room()
    const free = room > 0
    if (free !== this.#saidFree || (free && (isOld || 2 * this.#left < room))) this.#say(room)
  }

  /** Nothing comes any more once it resolves. */
  async withdraw(): Promise<void> {
    clearInterval(this.#timer)
    if (!this.#backplane) return
    this.#say(0)
    await this.#backplane.unsubscribe(inboxOf(this.#parts))
  }

  async #listen(): Promise<void> {
    this.#saidAt = performance.now()
    try {
      const backplane = await this.#parts.backplane()
      await backplane.subscribe(inboxOf(this.#parts), (text) => this.#hear(PARCEL.read(text)))
      this.#backplane = backplane
      this.look()
    } catch (error) {
      this.#trouble(error)
    }
  }

  #hear(parcel: Parcel): void {
    const { sender } = this.#parts
    if (parcel.pushes.some((push) => push.sender !== sender)) throw new UnreadableMessage('dispatch', 'shape')
    // In one process whoever pushed hears first that it was accepted
    setImmediate(() => this.#take(parcel))
  }

  #take(parcel: Parcel): void {
    this.#left -= parcel.pushes.length
    this.#parts.take(parcel)
    this.look()
  }

  #say(room: number): void {
    this.#saidFree = room > 0
    this.#left = room
    this.#saidAt = performance.now()
    const { worker, sender } = this.#parts
    const notice = IDLE_NOTICE.write({ worker, sender, room })
    this.#backplane!.publish(FREE_TOPIC, notice).catch((error: unknown) => this.#trouble(error))
  }

  #trouble(error: unknown): void {
    const { log, sender } = this.#parts
    log.debug({ sender, error: errorCode(error) }, 'nobody hears that this worker is free; it takes pushes by itself')
  }
}
