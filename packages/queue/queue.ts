import { messageFormat, type Priority, ROW_ID } from '@carillon/contract'
import * as z from 'zod'

/** Rows that may be due. A lost wake-up only costs time, and a duplicate costs nothing. */
export type WakeUp = { pushes: string[] } | { broadcast: string } | { callbacks: true }

const id = z.string().regex(ROW_ID)

export const WAKE_UP = messageFormat<WakeUp>(
  'wake-up',
  z.union([z.object({ pushes: z.array(id) }), z.object({ broadcast: id }), z.object({ callbacks: z.literal(true) })]),
)

export interface WakeUpJob {
  sender: string
  wakeUp: WakeUp
  /** Milliseconds. */
  delay: number
  priority: Priority
}

export interface Consumer {
  /** Accepts no more wake-ups, and waits for the handlers that run. */
  stop(): Promise<void>
}

/** Wakes workers up. Postgres holds what is to be done. */
export interface Queue {
  /** Rejects when the queue cannot be reached; the rows stay, and the sweeper wakes them later. */
  wake(wakeUps: WakeUpJob[]): Promise<void>
  /** Runs `handle` for each wake-up of a sender, at most `concurrency` at once. */
  consume(sender: string, handle: (wakeUp: WakeUp) => Promise<void>, concurrency: number): Consumer
  /** When the oldest wake-up that waits was added, in unix ms; null when none waits. */
  oldestWaiting(sender: string): Promise<number | null>
  /** A value that changes when the queue lost its jobs. */
  epoch(): Promise<string>
  /** Rejects while the queue cannot be reached or accepts nothing. */
  ping(): Promise<void>
  close(): Promise<void>
}
