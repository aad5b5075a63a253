import { setImmediate as nextTurn } from 'node:timers/promises'
import { serial } from '@carillon/async'
import type { Batch } from '@carillon/contract'
import { OneMessage } from './one-message.ts'
import type { Pattern } from './pattern.ts'

/** Gets what is pushed. */
export interface Client {
  readonly userTag: string
  deliver(batch: Batch): void
}

/** Milliseconds of matching between two looks at everything else that this process does. */
const SLICE_MS = 10

/** An app's clients in this process. */
export class Audience {
  readonly #clients = new Map<string, Set<Client>>()
  readonly #inTurn = serial()

  get isEmpty(): boolean {
    return this.#clients.size === 0
  }

  add(client: Client): void {
    const same = this.#clients.get(client.userTag) ?? new Set()
    this.#clients.set(client.userTag, same.add(client))
  }

  remove(client: Client): void {
    const same = this.#clients.get(client.userTag)
    same?.delete(client)
    if (same?.size === 0) this.#clients.delete(client.userTag)
  }

  /**
   * In the order of the calls, however long a pattern takes.
   * @param pattern of user_tags; absent: everyone
   * @param until on the clock of `performance.now`: a push that is still being matched then is for nobody
   * @returns how many got it
   */
  push(content: string, pattern: Pattern | undefined, until: number): Promise<number> {
    return this.#inTurn(() => this.#push(content, pattern, until))
  }

  async #push(content: string, pattern: Pattern | undefined, until: number): Promise<number> {
    const tags = pattern ? await this.#matching(pattern, until) : this.#clients.keys()
    const message = new OneMessage(content)
    let total = 0
    for (const tag of tags) {
      for (const client of this.#clients.get(tag) ?? []) {
        client.deliver(message)
        total++
      }
    }
    return total
  }

  async #matching(pattern: Pattern, until: number): Promise<string[]> {
    const matching: string[] = []
    let sliceEnd = performance.now() + SLICE_MS
    for (const tag of this.#clients.keys()) {
      if (pattern.test(tag)) matching.push(tag)
      const now = performance.now()
      if (now > until) return []
      if (now < sliceEnd) continue
      await nextTurn()
      sliceEnd = performance.now() + SLICE_MS
    }
    return matching
  }
}
