import type { AddressResult } from './addresses.ts'

/* The history of pushes as the API returns it. Times are unix seconds, with milliseconds as decimals. */

/** The state of a push. A `dead` push is kept, and can be replayed. `skipped`: its pusher has switched off its category. */
export const pushStates = ['waiting', 'sending', 'sent', 'dead', 'cancelled', 'skipped'] as const
export type PushStateName = (typeof pushStates)[number]

/** Selects pushes; an absent field does not restrict them. */
export interface PushFilter {
  sender?: string | undefined
  /** Id of the pusher. */
  pusher?: string | undefined
  /** Name of a broadcast. Its recipients that needed more than one attempt have pushes of their own. */
  broadcast?: string | undefined
  /** Why it is dead, or why its last attempt did not end it. */
  reason?: string | undefined
}

/** The newest dead pushes, counted by sender and reason. */
export interface DeadGroups {
  /** The largest first. */
  groups: DeadGroup[]
  /** Pushes in all groups, those that are not listed included. */
  counted: number
  /** False: there are older dead pushes, which were not counted. */
  isAll: boolean
}

export interface DeadGroup {
  sender: string
  reason: string
  count: number
  /** Id of its newest push. */
  newest: string
  /** When that died: unix seconds. */
  newestAt: number
}

export interface PushQuery extends PushFilter {
  state?: PushStateName | undefined
  category?: string | undefined
  /** Unix seconds: accepted then or later. */
  since?: number | undefined
  /** Unix seconds: accepted before. */
  until?: number | undefined
  /** Id of the last push on the previous page. */
  after?: string | undefined
  /** At most 100; default 10. */
  size?: number | undefined
}

export interface PushRecord {
  id: string
  name: string
  sender: string
  /** Empty when the pusher was removed; the name and the reason are removed with it. */
  pusher: string
  /** Name of the broadcast that it belongs to. */
  broadcast: string | null
  category: string | null
  state: PushStateName
  /** The number of times it was claimed. */
  attempt: number
  /** Failed attempts since it was pushed or last replayed. */
  failures: number
  acceptedAt: number
  dueAt: number
  finishedAt: number | null
  /** Why it waits, set for every waiting push, or why it is dead or was skipped. */
  reason: string | null
  /** The provider's id for the message. */
  messageId: string | null
}

export type PushEventName =
  | 'accepted'
  | 'scheduled'
  | 'sending'
  | 'deferred'
  | 'later'
  | 'failed'
  | 'sent'
  | 'dead'
  | 'cancelled'
  | 'skipped'
  | 'replayed'
  | ReportEventName

export interface PushEvent {
  event: PushEventName
  time: number
  /** The attempt that the event belongs to, or the last one before it; 0 before the first. */
  attempt: number
  /** When the next attempt was due, for scheduled, deferred, later and failed. */
  dueAt?: number
  messageId?: string
  /** The reason for deferred, later, failed, dead, skipped and the reports of the provider. */
  reason?: string
  /** What the attempt did at each address, for later, failed, sent and dead. */
  addresses?: AddressResult[]
}

export interface PushHistory extends PushRecord {
  /** In order of time. Only the last attempt has an event for its start. */
  timeline: PushEvent[]
}

/** The calls about what became of pushes, in process or over the network. Failures are a CarillonError. */
export interface HistoryApi {
  /** Newest first; `after` is the id of the last one of the page before. */
  getPushes(query?: PushQuery): Promise<PushRecord[]>
  /** With its timeline; null when there is none. */
  getPush(id: string): Promise<PushHistory | null>
}

/** What providers report about a message after accepting it. The numbers of the events follow this order. */
export const reportEvents = ['delivered', 'opened', 'bounced', 'complained', 'unsubscribed'] as const
export type ReportEventName = (typeof reportEvents)[number]

/** One event that a provider reported about one message. */
export interface DeliveryReport {
  app: number
  /** The push's id as its sender saw it. */
  push: string
  event: ReportEventName
  /** Identifies the event among those of its push; the same when the provider reports it again. */
  id: string
  /** Unix seconds; null: now. */
  time: number | null
  /** The provider's id for the message. */
  messageId: string | null
  reason: string | null
  /** Set when nothing more may be sent to the address. */
  suppress: { address: string; reason: string } | null
}

/** A report as the history returns it. */
export interface Reported {
  event: ReportEventName
  /** Unix seconds. */
  time: number
  messageId?: string
  reason?: string
}
