import { type Backplane, errorCode, type Logger } from '@carillon/contract'
import {
  BELIEVED_MS,
  FREE_TOPIC,
  type Hand,
  IDLE_NOTICE,
  inboxOf,
  PARCEL,
  type Parcel,
  SAID_EVERY_MS,
  type Word,
} from './parcel.ts'

/** A worker that can begin to send so many pushes at once. */
export interface FreeWorker {
  worker: string
  room: number
}

/** The room a worker had, less what it got since, and by `performance.now()` when it said so. */
interface Said {
  room: number
  at: number
}

/** Knows which workers were free a moment ago. */
export class FreeHands {
  readonly #open: () => Promise<Backplane>
  readonly #log: Logger
  /** By sender and worker. */
  readonly #said = new Map<string, Map<string, Said>>()
  #backplane: Backplane | undefined
  /** By `performance.now()`, when it tried to listen last. */
  #triedAt = -Infinity
  #isListening = false

  constructor(open: () => Promise<Backplane>, log: Logger) {
    this.#open = open
    this.#log = log
  }

  /** A worker that is free for some of a sender's pushes, each time another. What it gets here it has no more room for. */
  find(sender: string, most: number): FreeWorker | undefined {
    if (!this.#isListening && performance.now() - this.#triedAt > SAID_EVERY_MS) void this.#listen()
    const workers = this.#said.get(sender)
    for (const [worker, said] of workers ?? []) {
      workers!.delete(worker)
      if (performance.now() - said.at > BELIEVED_MS) continue
      const room = Math.min(most, said.room)
      if (room < said.room) workers!.set(worker, { ...said, room: said.room - room }) // behind the others
      return { worker, room }
    }
    return undefined
  }

  /** @returns false when nobody is there any more. Rejects when it may have arrived or not. */
  async give(to: Hand, parcel: Parcel): Promise<boolean> {
    try {
      return (await this.#backplane!.publish(inboxOf(to), PARCEL.write(parcel))) > 0
    } catch (error) {
      this.#said.clear() // so that nothing more goes the same way
      throw error
    }
  }

  async #listen(): Promise<void> {
    this.#isListening = true
    this.#triedAt = performance.now()
    try {
      this.#backplane = await this.#open()
      await this.#backplane.subscribe(FREE_TOPIC, (text) => this.#hear(IDLE_NOTICE.read(text)))
    } catch (error) {
      this.#isListening = false
      this.#log.debug(
        { error: errorCode(error) },
        'it cannot be heard which workers are free; they take what is pushed',
      )
    }
  }

  #hear({ worker, sender, room }: Word): void {
    const workers = this.#said.get(sender) ?? new Map<string, Said>()
    this.#said.set(sender, workers)
    if (room > 0) workers.set(worker, { room, at: performance.now() })
    else workers.delete(worker)
  }
}
