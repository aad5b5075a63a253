import { errorCode, type Logger } from '@carillon/contract'
import type { Held } from '@carillon/store'
import { someIds } from '../notifier.ts'

/** Share of the lease that may pass before nothing new is started under it. */
const SAFE_SHARE = 0.6

export interface LeaseDeps {
  seconds: number
  /** Extends the leases. @returns the ids that are still held. */
  renew(held: Held[], seconds: number): Promise<string[]>
  log: Logger
}

/**
 * The leases of what this worker has claimed and not recorded. It renews them until then, and tells whether enough time is
 * left to start a send: a process that was frozen must not send what another worker may have claimed meanwhile.
 */
export class Leases {
  readonly #held = new Map<string, { attempt: number; renewedAt: number }>()
  readonly #deps: LeaseDeps
  readonly #timer: NodeJS.Timeout

  constructor(deps: LeaseDeps) {
    this.#deps = deps
    this.#timer = setInterval(() => void this.#renew(), (deps.seconds / 3) * 1000)
  }

  /** @param claimedAt `performance.now()` of before the row was claimed. */
  hold({ id, attempt }: Held, claimedAt: number): void {
    this.#held.set(id, { attempt, renewedAt: claimedAt })
  }

  release(id: string): void {
    this.#held.delete(id)
  }

  get size(): number {
    return this.#held.size
  }

  isSafe(id: string): boolean {
    const lease = this.#held.get(id)
    return lease !== undefined && performance.now() - lease.renewedAt < this.#deps.seconds * 1000 * SAFE_SHARE
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #renew(): Promise<void> {
    const renewedAt = performance.now()
    const held = [...this.#held].map(([id, { attempt }]) => ({ id, attempt }))
    if (held.length === 0) return
    try {
      this.#note(held, new Set(await this.#deps.renew(held, this.#deps.seconds)), renewedAt)
    } catch (error) {
      const ids = held.map(({ id }) => id)
      this.#deps.log.warn({ error: errorCode(error), ...someIds(ids) }, 'leases could not be renewed')
    }
  }

  #note(asked: Held[], renewed: Set<string>, renewedAt: number): void {
    for (const { id } of asked) {
      const lease = this.#held.get(id)
      if (lease && renewed.has(id)) lease.renewedAt = renewedAt
      else if (lease) lease.renewedAt = Number.NEGATIVE_INFINITY
    }
  }
}

/** Seconds for which a claimed push belongs to one worker. The lease is renewed until the outcome is recorded. */
export const LEASE_S = 15
