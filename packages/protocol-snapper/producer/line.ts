import { once } from 'node:events'
import type { Socket } from 'node:net'
import { frame } from '@carillon/contract'

/** Milliseconds that a producer has to read the last answers and to go. */
const LEAVE_WITHIN_MS = 2000

/** What is said to a producer. */
export class Line {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Resolves once it may be said more: a producer that asks and does not read waits for itself. */
  async say(text: string): Promise<void> {
    const socket = this.#socket
    if (!socket.writable || socket.write(frame(text))) return
    const gone = new AbortController()
    const closed = () => gone.abort()
    socket.once('close', closed)
    await once(socket, 'drain', { signal: gone.signal }).catch(() => {})
    socket.off('close', closed)
  }

  /** What still comes is read and thrown away: a reset in its place would take the last answer with it. */
  end(last?: string): void {
    this.#socket.end(last === undefined ? '' : frame(last))
    this.#socket.resume()
    this.endSoon()
  }

  endSoon(): void {
    setTimeout(() => this.#socket.destroy(), LEAVE_WITHIN_MS).unref()
  }
}
