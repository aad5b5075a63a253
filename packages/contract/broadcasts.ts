import type { AddressResult } from './addresses.ts'
import type { Reported } from './history.ts'

/** `pausing` while workers still send what they had begun; `done` once the last recipient has its outcome. */
export const broadcastStates = ['scheduled', 'running', 'pausing', 'paused', 'done', 'cancelled'] as const

export type BroadcastState = (typeof broadcastStates)[number]

/** The progress of a broadcast. Times are unix seconds; each recipient is counted once, but those deferred are pending too. */
export interface BroadcastStatus {
  id: string
  name: string
  sender: string
  /** Empty: every pusher that has the sender. */
  tag: string
  category: string | null
  state: BroadcastState
  /**
   * All recipients: counted when it starts, exact once all are enqueued. Null before that, and where the store cannot
   * count.
   */
  total: number | null
  /** Set when `total` is an estimate rather than a count. */
  totalIsEstimate?: true
  /** In the pages that workers have opened. */
  enqueued: number
  sent: number
  /** Skipped because they have switched off the category or lack the address that the sender needs, were removed, or were cancelled. */
  skipped: number
  dead: number
  /** Still without an outcome; null where `total` is. */
  pending: number | null
  /** Those of the pending that wait for the end of their quiet hours. */
  deferred: number
  /** Recipients per second, while it ran; null before the first. */
  rate: number | null
  /** Seconds until all recipients have been notified; null when unknown. */
  eta: number | null
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
}

/** `moved`: its first attempt was put off or failed, so it has a push of its own. In the order of their numbers. */
export const recipientOutcomes = ['sent', 'skipped', 'moved'] as const
export type RecipientOutcomeName = (typeof recipientOutcomes)[number]

/** One notified recipient of a broadcast. */
export interface BroadcastRecipient {
  /** Id of the pusher. */
  pusher: string
  outcome: RecipientOutcomeName
  /** The provider's id for the message. */
  messageId: string | null
  /** What was done at each address, unless `moved`. */
  addresses?: AddressResult[]
  /** If `moved`: why its push waits, or why it did not arrive. If `skipped`: the preference that decided it, if one did. */
  reason: string | null
  /** The provider's reports, in order of time. */
  reports: Reported[]
}

export interface RecipientQuery {
  /** This one only. */
  pusher?: string | undefined
  outcome?: RecipientOutcomeName | undefined
  /** Id of the last pusher on the previous page. */
  after?: string | undefined
  /** At most 100; default 10. */
  size?: number | undefined
}
