import { messageFormat, type Pusher, ROW_ID } from '@carillon/contract'
import type { ClaimedWithPusher } from '@carillon/store'
import * as z from 'zod'

/** What a worker does for one sender. */
export interface DispatchTarget {
  /** The worker's id. */
  worker: string
  sender: string
}

/** On which workers say whether they are free. */
export const IDLE_TOPIC = 'free'

/** What a worker says of itself, for one sender. */
export interface IdleNotice extends DispatchTarget {
  /** Pushes that it can begin to send at once; 0: it has others to send. */
  room: number
}

const LARGEST_INT4 = 2 ** 31 - 1
const count = z.number().int().min(0).max(LARGEST_INT4)

/** What stands in it goes into a statement of the database, which refuses some texts. */
export const IDLE_NOTICE = messageFormat<IdleNotice>(
  'idle',
  z.object({ worker: z.string().regex(/^[\w-]{1,64}$/), sender: z.string().min(1).max(255), room: count }),
)

/** The topic on which a worker listens for the dispatches of a sender. */
export function inboxOf({ worker, sender }: DispatchTarget): string {
  return `hand:${worker}:${sender}`
}

/** How often a worker that is free says so, and for how long it is believed, in ms. */
export const ANNOUNCE_EVERY_MS = 1000
export const NOTICE_VALID_MS = 2500

/** Pushes that were claimed for a worker as they were accepted: it sends them at once. */
export interface DirectDispatch {
  /** When it left, in unix ms. */
  at: number
  /** How long its pushes were held by then, in ms. */
  age: number
  pushes: ClaimedWithPusher[]
}

const recipient: z.ZodType<Pusher> = z.object({
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
})

/** Ids and attempts must be what the database takes: one statement renews the leases of all that a worker holds. */
const claimed: z.ZodType<ClaimedWithPusher> = z.object({
  id: z.string().regex(ROW_ID),
  app: count,
  sender: z.string(),
  name: z.string(),
  pusher: z.string(),
  data: z.string(),
  force: z.boolean(),
  attempt: count,
  failures: count,
  broadcastId: z.string().regex(ROW_ID).nullable(),
  expired: z.boolean(),
  cancelled: z.boolean(),
  traceparent: z.string().nullable(),
  recipient: recipient.nullable(),
})

export const DIRECT_DISPATCH = messageFormat<DirectDispatch>(
  'dispatch',
  z.object({ at: z.number(), age: z.number().min(0), pushes: z.array(claimed) }),
)
