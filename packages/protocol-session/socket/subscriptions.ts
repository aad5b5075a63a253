/** Streams: many more than anyone watches at a time. */
const MOST = 1000

/** The streams that a connection asked for: only of these may it be offered a call. */
export class Subscriptions {
  readonly #streams = new Set<string>()

  add(streamId: string): void {
    this.#streams.add(streamId)
    // The oldest has most likely ended: nobody says when a stream does.
    if (this.#streams.size > MOST) for (const oldest of this.#streams.values().take(1)) this.#streams.delete(oldest)
  }

  delete(streamId: string): void {
    this.#streams.delete(streamId)
  }

  has(streamId: string): boolean {
    return this.#streams.has(streamId)
  }
}
