import { messageFormat, pusherSchema, ROW_ID } from '@carillon/contract'
import type { ClaimedPush } from '@carillon/store'
import * as z from 'zod'

/** One sender of one worker. */
export interface DispatchTarget {
  /** The worker's id. */
  worker: string
  sender: string
}

/** The topic on which workers announce whether they are idle. */
export const IDLE_TOPIC = 'free'

/** A worker's announcement, for one sender. */
export interface IdleNotice extends DispatchTarget {
  /** Pushes that it can start at once; 0: it is not idle. */
  room: number
}

const LARGEST_INT4 = 2 ** 31 - 1
const count = z.number().int().min(0).max(LARGEST_INT4)

/** Its texts become part of a statement, and the database refuses some texts. */
export const IDLE_NOTICE = messageFormat<IdleNotice>(
  'idle',
  z.object({ worker: z.string().regex(/^[\w-]{1,64}$/), sender: z.string().min(1).max(255), room: count }),
)

/** The topic on which a worker listens for the dispatches of a sender. */
export function inboxOf({ worker, sender }: DispatchTarget): string {
  return `hand:${worker}:${sender}`
}

/** How often an idle worker announces that it is idle, and for how long that is valid, in ms. */
export const ANNOUNCE_EVERY_MS = 1000
export const NOTICE_VALID_MS = 2500

/** Pushes that were claimed for a worker as they were accepted. The worker sends them at once. */
export interface DirectDispatch {
  /** When it was sent, in unix ms. */
  at: number
  /** How long its pushes had been claimed by then, in ms. */
  age: number
  pushes: ClaimedPush[]
}

/** Ids and attempts must be what the database takes: one statement renews the leases of all that a worker holds. */
const claimed: z.ZodType<ClaimedPush> = z.object({
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
  urgent: z.boolean().default(false), // absent from an older API
  traceparent: z.string().nullable(),
  category: z.string().nullish(),
  progress: z.string().nullish(),
  recipient: pusherSchema.nullable(),
})

export const DIRECT_DISPATCH = messageFormat<DirectDispatch>(
  'dispatch',
  z.object({ at: z.number(), age: z.number().min(0), pushes: z.array(claimed) }),
)
