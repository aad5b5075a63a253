import { randomUUID } from 'node:crypto'
import { singleFlight } from '@carillon/async'
import { fromMemberKey, memberKey } from '@carillon/backplane'
import type { RosterScripts } from './roster-scripts.ts'

/** Milliseconds: with the beat, what a dead process held is gone within 13 s. */
const LEASE_MS = 10_000
const HOLDINGS_PER_CALL = 500

/** Member keys, and whether there is more to do at once. */
export interface Renewed {
  more: boolean
  /** Gone for long enough. */
  gone: string[]
  /** Counted otherwise, without a join or a leave. */
  drifted: string[]
}

/**
 * This process's lease on what it holds. A lost one, or one of which it is not known what Redis made of a call,
 * is left to end, and a new one holds everything again: those who stay neither leave nor come.
 */
export class Lease {
  #node = ''
  /** Takes a new lease, or joins whoever is taking one. */
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

  /** Waits for a new lease that is being taken, and takes one where the last is in doubt. */
  async sure(): Promise<void> {
    if (this.#doubtful) await this.takeAnew()
  }

  /** @returns what there is to tell, told to nobody else */
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

/** What this process itself counts in the roster: the truth when its lease was lost. */
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
