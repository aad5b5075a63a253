import { waitFor } from '@carillon/testkit'
import type { Role } from '../role.ts'
import { Guest } from './guest.ts'

const SETTLE_MS = 30_000

/** Presence channels, each with one member on each of these nodes who stays. */
export class Rooms {
  readonly names: readonly string[]
  readonly #nodes: readonly Role[]
  readonly #watchers: Guest[] = []
  /** The members that there are, by room. */
  readonly #members: Map<string, Set<string>>
  #probes = 0

  static async open(nodes: readonly Role[], count: number): Promise<Rooms> {
    const rooms = new Rooms(nodes, count)
    for (const [n, { port }] of nodes.entries()) {
      const watcher = await Guest.open(port)
      rooms.#watchers.push(watcher)
      for (const name of rooms.names) await rooms.join(watcher, name, `watcher-${n}`)
    }
    await rooms.settled()
    return rooms
  }

  private constructor(nodes: readonly Role[], count: number) {
    this.#nodes = nodes
    this.names = Array.from({ length: count }, (_, n) => `presence-${n}`)
    this.#members = new Map(this.names.map((name) => [name, new Set()]))
  }

  async join(guest: Guest, room: string, user: string): Promise<void> {
    this.#members.get(room)!.add(user)
    await guest.join(room, user)
  }

  leave(guest: Guest, room: string, user: string): void {
    this.gone(room, user)
    guest.leave(room)
  }

  /** For who does not say so. */
  gone(room: string, user: string): void {
    this.#members.get(room)!.delete(user)
  }

  /** Resolves once the members that stay on this many nodes were told of all joins and leaves. @throws Error if that takes too long */
  async settled(nodes = this.#watchers.length): Promise<void> {
    const what = `the members on ${nodes} nodes were told of all joins and leaves`
    await waitFor(() => this.#upToDate() >= nodes, { timeout: SETTLE_MS, what })
  }

  /** Compares what each node tells a newcomer with who is there. @throws Error if they differ */
  async verify(): Promise<void> {
    for (const { port } of this.#nodes) {
      const probe = await Guest.open(port)
      const user = `probe-${++this.#probes}`
      for (const name of this.names) {
        await this.join(probe, name, user)
        if (!this.#isWhole(probe, name)) throw new Error(`The node on port ${port} has another view of ${name}.`)
        this.leave(probe, name, user)
      }
      await this.settled()
      probe.close()
    }
  }

  #upToDate(): number {
    return this.#watchers.filter((watcher) => this.names.every((name) => this.#isWhole(watcher, name))).length
  }

  #isWhole(guest: Guest, room: string): boolean {
    const [told, members] = [guest.membersOf(room), this.#members.get(room)!]
    return told.size === members.size && [...members].every((user) => told.has(user))
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close()
  }
}
