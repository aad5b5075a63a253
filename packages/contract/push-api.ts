import type { ListOptions, PusherList } from './pusher-store.ts'
import type { Pusher, PusherFields } from './pusher.ts'

export interface PushOptions {
  /** Unix seconds; absent, 0 or past: now. */
  schedat?: number
  /** Push although the pusher lacks the sender. */
  force?: boolean
  priority?: Priority
  /** Seconds after which an unfinished push is dead. */
  ttl?: number
}

export interface PushAllOptions {
  tag?: string
  schedat?: number
}

/** Text, or an object or a list: the same push as its compact JSON text. */
export type PushData = string | object

/** `high` goes to the front of the queue, `low` waits for all others. */
export type Priority = 'high' | 'normal' | 'low'

/**
 * The calls of the HTTP API, in process or over the network: what `@carillon/client` offers and
 * what a sender gets. Failures are a CarillonError.
 */
export interface PushApi {
  /** Null when there is none. */
  getPusher(id: string): Promise<Pusher | null>
  getPushers(options?: Partial<ListOptions>): Promise<PusherList>
  searchPusher(query: string, options?: Partial<ListOptions>): Promise<PusherList>
  /** Creates, or updates and keeps senders and tags. */
  addPusher(id: string, fields?: PusherFields): Promise<void>
  updatePusher(id: string, fields: PusherFields): Promise<void>
  removePusher(id: string): Promise<void>
  addTag(id: string, tag: string): Promise<void>
  removeTag(id: string, tag: string): Promise<void>
  addSender(sender: string, id: string): Promise<void>
  removeSender(sender: string, id: string): Promise<void>
  /** Answers the push's name. */
  push(sender: string, pusher: string, data: PushData, options?: PushOptions): Promise<string>
  /** Answers the broadcast's name. */
  pushAll(sender: string, data: PushData, options?: PushAllOptions): Promise<string>
  cancelPush(sender: string, name: string): Promise<void>
}
