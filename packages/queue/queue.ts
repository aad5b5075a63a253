import { messageFormat, type Priority, ROW_ID } from '@carillon/contract'
import * as z from 'zod'

/** Rows that may be due: a hint, never the truth. Losing one costs time, telling one twice costs nothing. */
export type Hint = { pushes: string[] } | { broadcast: string } | { callbacks: true }

const id = z.string().regex(ROW_ID)

export const HINT = messageFormat<Hint>(
  'wake-up',
  z.union([z.object({ pushes: z.array(id) }), z.object({ broadcast: id }), z.object({ callbacks: z.literal(true) })]),
)

export interface Wake {
  sender: string
  hint: Hint
  /** Milliseconds. */
  delay: number
  priority: Priority
}

export interface Consumer {
  /** Takes no more hints and waits for the handlers that run. */
  stop(): Promise<void>
}

/** Wakes workers up. Postgres holds what is to be done. */
export interface Queue {
  /** Rejects when the queue cannot be reached; the rows stay, and the sweeper wakes them later. */
  wake(wakes: Wake[]): Promise<void>
  /** Runs `handle` for each hint of a sender, at most `concurrency` at once. */
  consume(sender: string, handle: (hint: Hint) => Promise<void>, concurrency: number): Consumer
  /** When the oldest hint that waits was added, in unix ms; null when none waits. */
  oldestWaiting(sender: string): Promise<number | null>
  /** A word that changes when the queue lost all it held. */
  epoch(): Promise<string>
  /** Rejects while the queue cannot be reached, or takes nothing. */
  ping(): Promise<void>
  close(): Promise<void>
}
