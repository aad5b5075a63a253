import type { Reported } from './delivery-report.ts'

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
