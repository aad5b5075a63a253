import * as z from 'zod'
import { type NO_QUIET_HOURS, pusherQuietHours, type QuietHours } from './quiet-hours.ts'

/** A recipient, as the HTTP API shows it. */
export interface Pusher {
  id: string
  email: string
  nickname: string
  phoneNumber: string
  senders: string[]
  tags: string[]
  /** Unix seconds. */
  createdAt: number
  /** IANA name, such as `Asia/Shanghai`; empty when unknown. */
  timezone: string
  /** BCP 47 tag, such as `zh-CN`; empty when unknown. */
  locale: string
  /** Free JSON that belongs to the application. */
  attributes: Record<string, unknown>
  /** Null or absent: those of the app. A store of a team's own may have none. */
  quietHours?: QuietHours | typeof NO_QUIET_HOURS | null
}

/** A pusher as processes send it to each other, and as the API answers it. */
export const pusherSchema = z.object({
  id: z.string(),
  email: z.string(),
  nickname: z.string(),
  phoneNumber: z.string(),
  senders: z.array(z.string()),
  tags: z.array(z.string()),
  createdAt: z.number(),
  timezone: z.string(),
  locale: z.string(),
  attributes: z.record(z.string(), z.unknown()),
  quietHours: pusherQuietHours.optional(),
}) satisfies z.ZodType<Pusher>

/** The fields of a pusher that a caller may write; what is absent stays as it is. */
export type PusherFields = Partial<Omit<Pusher, 'id' | 'senders' | 'tags'>>

/** What a call changes. Null clears the time zone. */
export type PusherUpdate = Omit<PusherFields, 'timezone'> & { timezone?: string | null }

/** What `set` does to one pusher, all of it or nothing. */
export interface PusherChange {
  fields?: PusherFields
  addSenders?: string[]
  removeSenders?: string[]
  addTags?: string[]
  removeTags?: string[]
}

export interface PusherList {
  pushers: Pusher[]
  total: number
  /** Set when `total` is the planner's estimate rather than a count. */
  totalIsEstimate?: true
}

export interface ListOptions {
  /** Rows to skip; ignored when `after` is given. */
  from: number
  size: number
  /** Id of the last pusher of the previous page: cheap at any depth. */
  after?: string
}

export interface PusherPage {
  pushers: Pusher[]
  /** Opaque: give it back for the next page; null after the last. */
  next: string | null
}

export interface PageOptions {
  /** Only pushers that have this sender. */
  sender: string
  /** Only pushers that carry this tag; empty: all. */
  tag: string
  /** `next` of the previous page; null for the first. */
  cursor: string | null
  limit: number
}

/**
 * Where recipients live. Postgres by default; a team may serve it from its own users table.
 * Every call names the app: one app's pushers are invisible to another.
 */
export interface PusherStore {
  /** The pushers that exist among `ids`, in any order. */
  getMany(app: number, ids: string[]): Promise<Pusher[]>
  /**
   * Changes one pusher atomically. With `create`, a missing one is created (its `createdAt` is
   * now unless given). Without it, the result is false when there is none.
   */
  set(app: number, id: string, change: PusherChange, create: boolean): Promise<boolean>
  /** False when there was none. */
  delete(app: number, id: string): Promise<boolean>
  /** Newest first. */
  list(app: number, options: ListOptions): Promise<PusherList>
  /**
   * Newest first. `query` is the text of `?q=`.
   * @throws CarillonError `bad_query` when it cannot be parsed.
   */
  search(app: number, query: string, options: ListOptions): Promise<PusherList>
  /**
   * Walks all pushers with a sender, once each, in the store's own key order. Pushers added
   * after the first page was read are not visited.
   */
  page(app: number, options: PageOptions): Promise<PusherPage>
  /** How many pushers a walk would visit; without it, a broadcast's total is unknown until its last page. */
  count?(app: number, audience: Pick<PageOptions, 'sender' | 'tag'>): Promise<Omit<PusherList, 'pushers'>>
}
