import type { Reported } from './history.ts'

/** `pausing` while workers still send what they had begun; `done` once the last recipient has its outcome. */
export const broadcastStates = ['scheduled', 'running', 'pausing', 'paused', 'done', 'cancelled'] as const

export type BroadcastState = (typeof broadcastStates)[number]

/** How far a broadcast is. Times are unix seconds; recipients are counted once each. */
export interface BroadcastStatus {
  id: string
  name: string
  sender: string
  /** Empty: every pusher that has the sender. */
  tag: string
  state: BroadcastState
  /** Recipients in all: counted when it starts, exact once all are enqueued. Null until then, and where nobody can count. */
  total: number | null
  /** Set when `total` is an estimate rather than a count. */
  totalIsEstimate?: true
  /** In the pages that workers have opened. */
  enqueued: number
  sent: number
  /** Without the address that the sender needs, gone meanwhile, or cancelled. */
  skipped: number
  dead: number
  /** Still without an outcome; null where `total` is. */
  pending: number | null
  /** Recipients per second, while it ran; null before the first. */
  rate: number | null
  /** Seconds until the rest is rung; null unless that can be told. */
  eta: number | null
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
}

/** `moved`: its first try ended in later or failure, so that it has a push of its own. In the order of their numbers. */
export const recipientOutcomes = ['sent', 'skipped', 'moved'] as const
export type RecipientOutcomeName = (typeof recipientOutcomes)[number]

/** One recipient of a broadcast that was rung. */
export interface BroadcastRecipient {
  /** Id of the pusher. */
  pusher: string
  outcome: RecipientOutcomeName
  /** Under which the provider knows what was sent. */
  messageId: string | null
  /** Of one that was moved: why its push waits, or why it is dead. */
  reason: string | null
  /** What the provider told afterwards, in order of time. */
  reports: Reported[]
}

export interface RecipientQuery {
  /** This one only. */
  pusher?: string | undefined
  /** Id of the last pusher of the page before. */
  after?: string | undefined
  /** At most 100; default 10. */
  size?: number | undefined
}
