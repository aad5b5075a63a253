/* What became of pushes, as it is told. Times are unix seconds, with milliseconds behind the point. */

/** How far a push is. A `dead` one is kept, and can be replayed. */
export const pushStates = ['waiting', 'sending', 'sent', 'dead', 'cancelled'] as const
export type PushStateName = (typeof pushStates)[number]

/** Which pushes are meant; what is absent does not matter. */
export interface PushFilter {
  sender?: string | undefined
  /** Id of the pusher. */
  pusher?: string | undefined
  /** Name of a broadcast: those of its recipients that needed more than one try have pushes of their own. */
  broadcast?: string | undefined
}

export interface PushQuery extends PushFilter {
  state?: PushStateName | undefined
  /** Id of the last push of the page before. */
  after?: string | undefined
  /** At most 100; default 10. */
  size?: number | undefined
}

export interface PushRecord {
  id: string
  name: string
  sender: string
  /** Empty when the pusher was removed; its name and reason are gone too then. */
  pusher: string
  /** Name of the broadcast it came out of. */
  broadcast: string | null
  state: PushStateName
  /** Times a worker took it. */
  attempt: number
  /** Failed tries since it was pushed, or replayed last. */
  failures: number
  acceptedAt: number
  dueAt: number
  finishedAt: number | null
  /** Why it waits, which is told of every push that does, or why it is dead. */
  reason: string | null
  /** Under which the provider knows it. */
  messageId: string | null
}

export type PushEventName =
  | 'accepted'
  | 'scheduled'
  | 'sending'
  | 'later'
  | 'failed'
  | 'sent'
  | 'dead'
  | 'cancelled'
  | 'replayed'
  | ReportEventName

export interface PushEvent {
  event: PushEventName
  time: number
  /** The try it is about, or the last one before it; 0: none was made yet. */
  attempt: number
  /** Of scheduled, later and failed: when it was to be tried next. */
  dueAt?: number
  messageId?: string
  /** Of later, failed, dead, and of what its provider reported. */
  reason?: string
}

export interface PushHistory extends PushRecord {
  /** In order of time. Of several tries only the last shows when it began. */
  timeline: PushEvent[]
}

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
