import { within } from '@carillon/async'

/** Why a connection ends: a code, which is 4000 more than HTTP's, and a sentence. */
export interface SessionEnding {
  code: number
  reason: string
}

/** After a code from 4400 to 4499 a client must not reconnect with the same token; after any other it may, after a pause. */
export const endings = {
  badPath: { code: 4400, reason: 'Connect to /session/{sessionId}?token=…' },
  refused: (reason: string): SessionEnding => ({ code: 4403, reason }),
  tlsOnly: { code: 4403, reason: 'This app accepts only connections over TLS.' },
  disabledApp: { code: 4403, reason: 'This app is disabled.' },
  badOrigin: { code: 4403, reason: 'Pages of this origin may not connect to this app.' },
  forced: { code: 4403, reason: 'A moderator or the application ended this connection.' },
  noSession: { code: 4404, reason: 'There is no such session.' },
  full: { code: 4503, reason: 'This session or its app has reached its limit of connections.' },
  tooFast: { code: 4503, reason: 'Too many messages are waiting to be handled; reconnect.' },
  outOfReach: { code: 4503, reason: 'Redis or the database is unavailable; reconnect later.' },
} as const

/** Milliseconds. What is not reported by then is reported when the leases of this process expire. */
const REPORT_TIMEOUT_MS = 2000

/** Connections that are over, until their end is reported. */
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
