/** What providers report of a message after they took it; the numbers of the events follow this order. */
export const reportEvents = ['delivered', 'opened', 'bounced', 'complained', 'unsubscribed'] as const
export type ReportEventName = (typeof reportEvents)[number]

/** One event that a provider told, of one message. */
export interface DeliveryReport {
  app: number
  /** The push's id as its sender saw it. */
  push: string
  event: ReportEventName
  /** Tells it from the other events of that push; the same when the provider tells it again. */
  id: string
  /** Unix seconds; null: now. */
  time: number | null
  /** Under which the provider knows the message. */
  messageId: string | null
  reason: string | null
  /** The address is not to be sent to again. */
  suppress: { address: string; reason: string } | null
}

/** A report as the history tells it. */
export interface Reported {
  event: ReportEventName
  /** Unix seconds. */
  time: number
  messageId?: string
  reason?: string
}
