import { within } from '@carillon/async'

/** Milliseconds: what cannot be told by then, the end of this process's leases will tell. */
const REPORT_TIMEOUT_MS = 2000

/** Connections that are over, until all is told that is to be told of them. */
export class Departures {
  readonly #running = new Set<Promise<void>>()

  /** @param departure never rejects */
  add(departure: Promise<void>): void {
    const running = departure.finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async done(): Promise<void> {
    await within(REPORT_TIMEOUT_MS, Promise.all(this.#running), () => new Error('late')).catch(() => {})
  }
}
