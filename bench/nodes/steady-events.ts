import { setTimeout as pause } from 'node:timers/promises'
import type { Subscribers } from '../fanout/subscribers.ts'
import type { Role } from '../role.ts'
import { EventLoad, inTime, subscribersOf } from './events.ts'

const CHANNEL = 'steady'
const EVERY_MS = 50

/** Publishes an event through each node again and again, to a subscriber on each. */
export class SteadyEvents {
  readonly #nodes: number
  readonly #load: EventLoad
  readonly #subscribers: Subscribers

  static async open(nodes: readonly Role[]): Promise<SteadyEvents> {
    return new SteadyEvents(nodes.length, new EventLoad(nodes, 1), await subscribersOf(CHANNEL, nodes))
  }

  private constructor(nodes: number, load: EventLoad, subscribers: Subscribers) {
    this.#nodes = nodes
    this.#load = load
    this.#subscribers = subscribers
  }

  /** Publishes while the work is done. @returns how many events. @throws Error when a subscriber missed one */
  async during(work: () => Promise<unknown>): Promise<number> {
    const done = new AbortController()
    const worked = work().finally(() => done.abort())
    let events = 0
    let arrived = Promise.resolve()
    while (!done.signal.aborted) {
      arrived = this.#subscribers.expect(this.#nodes * this.#nodes)
      await this.#load.publish(CHANNEL, 1)
      events += this.#nodes
      await pause(EVERY_MS)
    }
    await Promise.all([worked, inTime(arrived, this.#subscribers)])
    return events
  }

  close(): void {
    this.#subscribers.close()
  }
}
