import { messageFormat } from './message.ts'
import * as z from 'zod'

/** Joins the processes that hold connections: what is published in one arrives in all that listen. */
export interface Backplane {
  /**
   * Messages of one process arrive in the order in which it published them.
   * @returns how many processes listen to the topic. Rejects while that cannot be known; then it may have arrived or not.
   */
  publish(topic: string, message: string): Promise<number>
  /**
   * Resolves once messages arrive. A topic has one listener in a process. What a listener throws is reported, and the
   * message is dropped: one that cannot be read must not end the process.
   * @param onGap called after a break in which messages may have been missed
   */
  subscribe(topic: string, listener: (message: string) => void, onGap?: () => void): Promise<void>
  unsubscribe(topic: string): Promise<void>
}

/**
 * Who is where, over all processes: members of groups, each counted. What a process holds is a lease: it ends at
 * most 15 s after the process does.
 */
export interface Roster {
  /**
   * Counts a member once more.
   * @param options.info kept with a member's first coming, for all to see
   * @param options.most members that the group may have: beyond it a new one is refused, and the answer is null
   */
  join(group: string, member: string, options?: { info?: string; most?: number }): Promise<Joined | null>
  /** Counts it once less. Never rejects: what cannot be told now is told later. */
  leave(group: string, member: string): Promise<number>
  /** How often each is counted, index-aligned. */
  counts(group: string, members: readonly string[]): Promise<number[]>
  /** How many different members. */
  size(group: string): Promise<number>
  /** Each member and its count. */
  list(group: string, prefix?: string): Promise<Map<string, number>>
  /** Each member and its info, at a moment of the group's history. */
  view(group: string): Promise<GroupView>
}

export interface Joined {
  /** The member's, over all processes. */
  count: number
  /** The moment of the coming; the same as before where the member was there already. */
  at: Moment
}

/** A place in a group's history: `step` counts comings and goings; another `era` is another history. */
export interface Moment {
  era: string
  step: number
}

export interface GroupView {
  at: Moment
  members: Map<string, string>
}

/** Published on `rosterTopic(group)` as `ROSTER_CHANGE` when a member's first connection comes or its last one goes. */
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

/** A member of a group whose count changed without a join or a leave: a process that held it died, or is back. */
export interface Counted {
  group: string
  member: string
}

/** Of a group, as `RosterChange`; of one member, as `1` (here) or `0` (gone). */
export function rosterTopic(group: string, member?: string): string {
  return member === undefined ? `roster:${group}` : `roster:${group}\0${member}`
}

/** What is remembered for a while, for all processes. */
export interface Cache {
  set(key: string, value: string, seconds: number): Promise<void>
  /** `ttl` in seconds, at least 1. */
  get(key: string): Promise<{ value: string; ttl: number } | null>
  /** True for the first who asks within `seconds`. */
  first(key: string, seconds: number): Promise<boolean>
}

/** All that processes share while they hold connections. */
export interface Cluster {
  backplane: Backplane
  roster: Roster
  cache: Cache
  /** Sets the listener for debounced changes, once. Each change is reported to one of the processes that have a listener. */
  onDebounced(listener: (changes: DebouncedChange[]) => void): void
  /** Hears whose counts changed by themselves; set once. Each is told to one of the processes that set it. */
  onRecounted(listener: (members: Counted[]) => void): void
  /** Ends this process's leases at once. */
  close(): Promise<void>
}
