import { fromMemberKey, memberKey } from '../debounce.ts'

export interface Holding {
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
