import { randomUUID } from 'node:crypto'
import { singleFlight } from '@carillon/async'
import { fromMemberKey, memberKey } from '@carillon/backplane'
import type { RosterScripts } from './roster-scripts.ts'

/** Milliseconds: with the beat, what a dead process held is gone within 12 s. */
const LEASE_MS = 10_000
const HOLDINGS_PER_CALL = 500

/** Member keys, and whether there is more to do at once. */
export interface Renewed {
  more: boolean
  /** Members that left long enough ago. */
  gone: string[]
  /** Members whose count changed without a join or a leave. */
  drifted: string[]
}

/**
 * This process's lease on the members that it holds. A lease that was lost, or whose last call has an unknown result, is
 * left to expire, and a new one holds everything again. Members who stay neither leave nor join.
 */
export class Lease {
  #node = ''
  /** Acquires a new lease, or joins an acquisition in progress. */
  readonly takeAnew: () => Promise<void> = singleFlight(() => this.#enter())
  #doubtful = true
  readonly #commands: RosterScripts
  readonly #held: Held

  constructor(commands: RosterScripts, held: Held) {
    this.#commands = commands
    this.#held = held
  }

  get node(): string {
    return this.#node
  }

  doubt(): void {
    this.#doubtful = true
  }

  /** Makes sure that the lease holds: takes a new one if the last is in doubt. */
  async sure(): Promise<void> {
    if (this.#doubtful) await this.takeAnew()
  }

  /** @returns changes to report, which no other process gets */
  async renew({ takeGone, takeDrifted }: { takeGone: boolean; takeDrifted: boolean }): Promise<Renewed> {
    await this.sure()
    const reply = await this.#commands.beat(this.#node, LEASE_MS, Number(takeGone), Number(takeDrifted))
    const [alive, more, gone, drifted] = reply as [number, number, string[], string[]]
    if (!alive) await this.takeAnew()
    return { more: more === 1, gone, drifted }
  }

  async end(): Promise<void> {
    if (this.#node) await this.#commands.enter(randomUUID(), 0, this.#node)
  }

  async #enter(): Promise<void> {
    this.#doubtful = true
    const before = this.#node
    this.#node = randomUUID()
    await this.#commands.enter(this.#node, LEASE_MS, before)
    const holdings = this.#held.all()
    for (let from = 0; from < holdings.length; from += HOLDINGS_PER_CALL) {
      const some = holdings.slice(from, from + HOLDINGS_PER_CALL)
      const args = some.flatMap(({ group, member, count, info }) => [group, member, count, info])
      await this.#commands.hold(this.#node, randomUUID(), ...args)
    }
    this.#doubtful = false
  }
}

interface Holding {
  group: string
  member: string
  count: number
  info: string
}

/** The members that this process holds, from which a new lease is filled. */
export class Held {
  readonly #members = new Map<string, { count: number; info: string }>()

  add(group: string, member: string, info: string): void {
    const key = memberKey(group, member)
    const known = this.#members.get(key)
    if (known) known.count++
    else this.#members.set(key, { count: 1, info })
  }

  remove(group: string, member: string): void {
    const key = memberKey(group, member)
    const known = this.#members.get(key)
    if (known && --known.count === 0) this.#members.delete(key)
  }

  all(): Holding[] {
    return [...this.#members].map(([key, held]) => ({ ...fromMemberKey(key), ...held }))
  }
}
