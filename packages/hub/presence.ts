import { singleFlight } from '@carillon/async'
import {
  type Backplane,
  type Moment,
  type Roster,
  ROSTER_CHANGE,
  type RosterChange,
  rosterTopic,
} from '@carillon/contract'

/** ChannelMember → the data that it gave about itself. */
export type Members = ReadonlyMap<string, string>

export interface PresenceDeps {
  backplane: Backplane
  roster: Roster
  group: string
  /** Hears of each member's coming and going, in order, after the view has it. */
  changed(change: { member: string; here: boolean; info: string }): void
  report(error: unknown): void
}

/**
 * Milliseconds between a lost subscription and the look at the roster: when Redis comes back empty, each process has
 * renewed what it holds by then. Before that, everyone would seem to have left.
 */
export const RESYNC_DELAY_MS = 4000

/** How long a new member waits until it is visible. */
const SEEN_WITHIN_MS = 5000

/**
 * One process's view of a group's members. Changes are applied in the order in which they were made. If one was missed,
 * the view is compared with the roster, and the differences are reported.
 */
export class Presence {
  readonly #deps: PresenceDeps
  readonly #members = new Map<string, string>()
  readonly #waiting = new Set<() => void>()
  #at: Moment = { era: '', step: 0 }
  readonly #compare = singleFlight(() => this.#load().catch((error: unknown) => this.#deps.report(error)))
  #later: NodeJS.Timeout | undefined
  #closed = false

  constructor(deps: PresenceDeps) {
    this.#deps = deps
  }

  get members(): Members {
    return this.#members
  }

  /** Begins to listen; resolves once the view is there. */
  async open(): Promise<void> {
    const { backplane, group } = this.#deps
    await backplane.subscribe(
      rosterTopic(group),
      (message) => this.#apply(ROSTER_CHANGE.read(message)),
      () => this.#compareLater(),
    )
    await this.#load()
  }

  /** Resolves once the view is as late as that moment. */
  async seen(at: Moment): Promise<void> {
    if (this.#isSeen(at)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const check = () => {
      if (this.#isSeen(at)) resolve()
    }
    const timer = setTimeout(() => void this.#compare().then(resolve), SEEN_WITHIN_MS)
    this.#waiting.add(check)
    await promise
    clearTimeout(timer)
    this.#waiting.delete(check)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#later)
    await this.#deps.backplane.unsubscribe(rosterTopic(this.#deps.group))
  }

  #isSeen({ era, step }: Moment): boolean {
    return era === this.#at.era && step <= this.#at.step
  }

  #apply(change: RosterChange): void {
    const { era, step } = change
    if (era !== this.#at.era) return this.#begin(change)
    if (step <= this.#at.step) return
    if (step > this.#at.step + 1) return void this.#compare()
    this.#follow(change)
  }

  /** A new era begins where all had left. Anything else is a Redis that lost its memory, or changes that were missed. */
  #begin(change: RosterChange): void {
    if (this.#members.size > 0) this.#compareLater()
    else if (change.step > 1) void this.#compare()
    else this.#follow(change)
  }

  #follow(change: RosterChange): void {
    this.#at = { era: change.era, step: change.step }
    this.#set(change)
    this.#tellWaiting()
  }

  #compareLater(): void {
    this.#later ??= setTimeout(() => {
      this.#later = undefined
      void this.#compare()
    }, RESYNC_DELAY_MS).unref()
  }

  async #load(): Promise<void> {
    const { at, members } = await this.#deps.roster.view(this.#deps.group)
    if (this.#closed || (at.era === this.#at.era && at.step <= this.#at.step)) return
    this.#at = at
    for (const member of this.#members.keys()) if (!members.has(member)) this.#set({ member, here: false, info: '' })
    for (const [member, info] of members) this.#set({ member, here: true, info })
    this.#tellWaiting()
  }

  #set({ member, here, info }: { member: string; here: boolean; info: string }): void {
    if (this.#members.has(member) === here) return
    if (here) this.#members.set(member, info)
    else this.#members.delete(member)
    this.#deps.changed({ member, here, info })
  }

  #tellWaiting(): void {
    for (const check of this.#waiting) check()
  }
}
