import { type Backplane, errorCode, type Logger } from '@carillon/contract'
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

/** A worker that can begin to send so many pushes at once. */
export interface IdleWorker {
  worker: string
  room: number
}

/** The room a worker had, less what it got since, and by `performance.now()` when it said so. */
interface Announcement {
  room: number
  at: number
}

/** Knows which workers were free a moment ago. */
export class IdleWorkers {
  readonly #open: () => Promise<Backplane>
  readonly #log: Logger
  /** By sender and worker. */
  readonly #announced = new Map<string, Map<string, Announcement>>()
  #backplane: Backplane | undefined
  /** By `performance.now()`, when it tried to listen last. */
  #triedAt = -Infinity
  #isListening = false

  constructor(open: () => Promise<Backplane>, log: Logger) {
    this.#open = open
    this.#log = log
  }

  /** A worker that is free for some of a sender's pushes, each time another. What it gets here it has no more room for. */
  find(sender: string, most: number): IdleWorker | undefined {
    if (!this.#isListening && performance.now() - this.#triedAt > ANNOUNCE_EVERY_MS) void this.#listen()
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

  /** @returns false when nobody is there any more. Rejects when it may have arrived or not. */
  async dispatch(to: DispatchTarget, message: DirectDispatch): Promise<boolean> {
    try {
      return (await this.#backplane!.publish(inboxOf(to), DIRECT_DISPATCH.write(message))) > 0
    } catch (error) {
      this.#announced.clear() // so that nothing more goes the same way
      throw error
    }
  }

  async #listen(): Promise<void> {
    this.#isListening = true
    this.#triedAt = performance.now()
    try {
      this.#backplane = await this.#open()
      await this.#backplane.subscribe(IDLE_TOPIC, (text) => this.#hear(IDLE_NOTICE.read(text)))
    } catch (error) {
      this.#isListening = false
      this.#log.debug(
        { error: errorCode(error) },
        'it cannot be heard which workers are free; they take what is pushed',
      )
    }
  }

  #hear({ worker, sender, room }: IdleNotice): void {
    const workers = this.#announced.get(sender) ?? new Map<string, Announcement>()
    this.#announced.set(sender, workers)
    if (room > 0) workers.set(worker, { room, at: performance.now() })
    else workers.delete(worker)
  }
}
