import type { Redis } from 'ioredis'

/** Milliseconds in which connections are given up once only: where there is no other server, this would be a loop. */
const LEAVE_EVERY_MS = 1000

/**
 * The connections of a process to one Redis. When that server is demoted to a replica, only connections that write hear
 * of it. All of them must find the new primary, or messages of one would not reach the others.
 */
export class ConnectionGroup {
  readonly #open = new Set<Redis>()
  #leftAt = -Infinity

  add(connection: Redis): void {
    this.#open.add(connection)
    connection.once('end', () => this.#open.delete(connection))
  }

  /** Connects each anew. */
  leave(): void {
    const now = performance.now()
    if (now - this.#leftAt < LEAVE_EVERY_MS) return
    this.#leftAt = now
    for (const connection of this.#open) if (connection.status === 'ready') connection.disconnect(true)
  }
}
