import { messageFormat } from './message.ts'
import * as z from 'zod'

/** Connects the processes that hold connections: what one publishes arrives in all that subscribe. */
export interface Backplane {
  /**
   * Messages of one process arrive in the order in which it published them.
   * @returns how many processes subscribe to the topic. Rejects when that cannot be known; the message may have arrived.
   */
  publish(topic: string, message: string): Promise<number>
  /**
   * Resolves once the subscription is active. A topic has one listener in a process. An error of a listener is reported
   * and the message is dropped: an unreadable message must not end the process.
   * @param onGap called after a break in which messages may have been missed
   */
  subscribe(topic: string, listener: (message: string) => void, onGap?: () => void): Promise<void>
  unsubscribe(topic: string): Promise<void>
}

/**
 * Counts the members of groups over all processes. What a process adds is held under its lease, and is removed at
 * most 15 s after the process ends.
 */
export interface Roster {
  /**
   * Adds one to a member's count.
   * @param options.info stored when the member is new, and visible to all processes
   * @param options.most the largest number of members. A new member beyond it is refused, and the result is null
   */
  join(group: string, member: string, options?: { info?: string; most?: number }): Promise<Joined | null>
  /** Subtracts one from a member's count. Never rejects: where Redis is away, the change is made later. */
  leave(group: string, member: string): Promise<number>
  /** The count of each member, index-aligned. */
  counts(group: string, members: readonly string[]): Promise<number[]>
  /** The number of different members. */
  size(group: string): Promise<number>
  /** Each member and its count. */
  list(group: string, prefix?: string): Promise<Map<string, number>>
  /** Some members of a group of any size. @param most how many are looked at: a few more where Redis returns more at once */
  sample(group: string, most: number): Promise<GroupSample>
  /** Each member and its info, at a moment of the group's history. */
  view(group: string): Promise<GroupView>
}

export interface GroupSample {
  /** Members and their counts. */
  members: Map<string, number>
  /** Whether the group has no others. */
  isAll: boolean
}

export interface Joined {
  /** The member's count over all processes. */
  count: number
  /** The moment at which the member joined; unchanged if it was there already. */
  at: Moment
}

/** A place in a group's history. `step` counts joins and leaves; a new `era` starts a new history. */
export interface Moment {
  era: string
  step: number
}

export interface GroupView {
  at: Moment
  members: Map<string, string>
}

/** Published on `rosterTopic(group)` as `ROSTER_CHANGE` when a member's first connection joins or its last one leaves. */
export interface RosterChange extends Moment {
  member: string
  here: boolean
  info: string
}

export const ROSTER_CHANGE = messageFormat<RosterChange>(
  'roster',
  z.object({
    era: z.string(),
    step: z.number().int().min(0),
    member: z.string(),
    here: z.boolean(),
    info: z.string(),
  }),
)

/** A member's arrival or departure, debounced: a member that is back within 3 s has neither left nor arrived. */
export interface DebouncedChange {
  group: string
  member: string
  here: boolean
}

/** A member whose count changed without a join or a leave, because a process that held it died or is back. */
export interface Counted {
  group: string
  member: string
}

/** The topic of a group's changes, each a `RosterChange`; or that of one member's, each `1` (here) or `0` (gone). */
export function rosterTopic(group: string, member?: string): string {
  return member === undefined ? `roster:${group}` : `roster:${group}\0${member}`
}

/** A cache that all processes share. */
export interface Cache {
  set(key: string, value: string, seconds: number): Promise<void>
  /** `ttl` in seconds, at least 1. */
  get(key: string): Promise<{ value: string; ttl: number } | null>
  /** True for the first caller within `seconds`. */
  first(key: string, seconds: number): Promise<boolean>
}

/** What processes that hold connections share. */
export interface Cluster {
  backplane: Backplane
  roster: Roster
  cache: Cache
  /**
   * Sets the listener for debounced changes, once. Each change is reported to one of the processes that have a listener.
   */
  onDebounced(listener: (changes: DebouncedChange[]) => void): void
  /**
   * Sets the listener for counts that changed without a join or a leave, once. Each change is reported to one of the
   * processes that have a listener.
   */
  onRecounted(listener: (members: Counted[]) => void): void
  /** Ends this process's leases at once. */
  close(): Promise<void>
}
