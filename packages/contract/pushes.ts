import { createHmac } from 'node:crypto'
import type { TemplateUse } from './templates.ts'
import type { ListOptions, Pusher, PusherFields, PusherList, PusherUpdate } from './pushers.ts'

export interface PushOptions {
  /** Unix seconds; absent, 0 or past: now. */
  schedat?: number
  /** Push even if the pusher does not have the sender. */
  force?: boolean
  priority?: Priority
  /** Seconds after which an unfinished push is dead. */
  ttl?: number
  /** Name of a category. A pusher who has switched it off gets nothing. */
  category?: string
  /** Send it in quiet hours too. */
  urgent?: boolean
}

export interface PushAllOptions {
  tag?: string
  schedat?: number
  /** Name of a category. Pushers who have switched it off are skipped. */
  category?: string
  /** Send it in quiet hours too. */
  urgent?: boolean
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
  updatePusher(id: string, fields: PusherUpdate): Promise<void>
  removePusher(id: string): Promise<void>
  addTag(id: string, tag: string): Promise<void>
  removeTag(id: string, tag: string): Promise<void>
  addSender(sender: string, id: string): Promise<void>
  removeSender(sender: string, id: string): Promise<void>
  /** @returns the push's name */
  push(sender: string, pusher: string, data: PushData, options?: PushOptions): Promise<string>
  /** @returns the broadcast's name */
  pushAll(sender: string, data: PushData, options?: PushAllOptions): Promise<string>
  /** Pushes a stored template, which shows `vars`. @returns the push's name */
  pushTemplate(sender: string, pusher: string, template: string, vars?: object, options?: PushOptions): Promise<string>
  /** Pushes a stored template to all. @returns the broadcast's name */
  pushAllTemplate(sender: string, template: string, vars?: object, options?: PushAllOptions): Promise<string>
  cancelPush(sender: string, name: string): Promise<void>
}

/** A push that was read and checked, on its way into `accept`. */
export interface PushCommand {
  app: number
  sender: string
  pusher: string
  /** Empty if there is a template. */
  data: string
  /** Instead of data. */
  template?: TemplateUse | undefined
  /** Unix seconds; 0: now. */
  schedat: number
  force: boolean
  priority: Priority
  /** Seconds. */
  ttl: number
  category?: string | undefined
  /** Quiet hours do not defer it. */
  urgent?: boolean | undefined
}

/** A broadcast that was read and checked. */
export interface PushAllCommand {
  app: number
  sender: string
  /** Empty if there is a template. */
  data: string
  /** Instead of data. */
  template?: TemplateUse | undefined
  /** Empty: every pusher that has the sender. */
  tag: string
  /** Unix seconds; 0: now. */
  schedat: number
  category?: string | undefined
  /** Quiet hours do not defer it. */
  urgent?: boolean | undefined
}

/** Name of a push: `{pusher}_{hex(HMAC-MD5(key = pusher, data))}`. The same message to the same pusher has the same name. */
export function pushName(pusher: string, data: string): string {
  return `${pusher}_${hmacMd5(pusher, data)}`
}

/** Name of a broadcast: `{sender}_{hex(HMAC-MD5(key = sender, JSON of data and tag))}`. */
export function broadcastName(sender: string, data: string, tag: string): string {
  return `${sender}_${hmacMd5(sender, JSON.stringify({ data, tag }))}`
}

function hmacMd5(key: string, message: string): string {
  return createHmac('md5', key).update(message).digest('hex')
}

/** The id of a row: 64 bits, of which no id has used 19 digits. */
export const ROW_ID = /^\d{1,18}$/
/** A row's id, and the pusher's id for a recipient of a broadcast. A pusher's id has no control characters. */
const PUSH_ID = /^(\d{1,18})(?:-(\P{Cc}{1,255}))?$/u

/** The id of one recipient's message of a broadcast, the same in its page and in a push of its own. */
export function recipientId(broadcast: string, pusher: string): string {
  return `${broadcast}-${pusher}`
}

/** What the push id in a provider's report names: a push, or a recipient of a broadcast. Null for any other text. */
export function readPushId(id: string): { push: string } | { broadcast: string; pusher: string } | null {
  const [, number, pusher] = PUSH_ID.exec(id) ?? []
  if (number === undefined) return null
  return pusher === undefined ? { push: number } : { broadcast: number, pusher }
}
