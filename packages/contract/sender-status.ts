import { AsyncLocalStorage } from 'node:async_hooks'
import * as z from 'zod'

const openBreaker = z.object({
  /** The transport's name, such as `SendGrid`. */
  transport: z.string(),
  /** What is wrong with it: a code. */
  outage: z.string(),
  /** Unix seconds. */
  openSince: z.number(),
  /** When one message tries whether it works again: unix seconds. */
  nextProbe: z.number(),
})

/** A transport that a sender does not use for now, because it failed several times in a row. */
export type OpenBreaker = z.infer<typeof openBreaker>

/** What a worker knows of a sender that it runs. Workers report it with their heartbeat. */
export const senderReport = z.object({
  name: z.string(),
  rate: z
    .object({
      count: z.number(),
      seconds: z.number(),
      /** Until then the worker sends nothing more: unix seconds. Null: it may send. */
      usedUpUntil: z.number().nullable(),
    })
    .nullable(),
  /** Calls that may run at once. */
  concurrency: z.number(),
  breakers: z.array(openBreaker),
  /** Names of the transports that it uses. */
  transports: z.array(z.string()).optional(),
  /** Set if it writes messages to the outbox: what to set, so that it sends them. */
  outbox: z.string().optional(),
})
export type SenderReport = z.infer<typeof senderReport>

/** What is known of a sender, from all live workers. */
export interface SenderState {
  name: string
  /** Live workers that run it. */
  workers: number
  /** What a live worker lacks to run it, as a sentence; null if none lacks anything. */
  missing: string | null
  /** What to set so that messages are sent, as a sentence, if a worker writes them to its outbox; else null. */
  outbox: string | null
  paused: boolean
  /** How often all workers together may send; null: no limit, or no worker runs it. */
  rate: SenderReport['rate']
  /** Calls that may run at once, on all workers together. */
  concurrency: number
  /** Names of the transports that workers use. */
  transports: string[]
  /** The transports that are not used for now, each with the number of workers that do not use it. */
  breakers: (OpenBreaker & { workers: number })[]
}

/** One sender as one app sees it. Times are seconds. */
export interface SenderStatus extends SenderState {
  /** Due, and not claimed. */
  waiting: number
  /** Due later. */
  delayed: number
  /** Being sent right now. */
  active: number
  /** Age of the oldest due push that is not claimed; null when there is none. */
  oldestDueAge: number | null
  /** Set if there are more unfinished pushes than were counted. */
  isPart?: true
}

/** One sender's waiting work, over all apps. */
export interface SenderBacklog {
  name: string
  /** Live workers that run it. */
  workers: number
  /** Due, and not claimed. */
  waiting: number
  /** Due later. */
  scheduled: number
  /** Being sent right now. */
  sending: number
  /** Seconds since the oldest of `waiting` was due; 0 when there is none. */
  oldestDueAge: number
}

/** A call into a sender's code. */
export interface SenderCall {
  /** Its name; of a plugin that is still being loaded its path. */
  sender: string
  /** Ends the call, if it has not ended yet, as if the sender had thrown this. */
  fail?(error: Error): void
}

/**
 * The sender whose code runs. It follows timers, promises and events that begin in a call, so that an error
 * that reaches no promise can still be attributed.
 */
export const senderScope = new AsyncLocalStorage<SenderCall>()
