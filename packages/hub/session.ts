import type { Batch } from '@carillon/contract'

/** One connection, as the hub sees it. */
export interface Session {
  /** Unique over all processes, without line breaks. */
  readonly id: string
  deliver(batch: Batch): void
}
