import type { Sent } from '@carillon/contract'

/** What one call at one address came to. Reasons are shown in the history, so they hold no whole token. */
export type CallResult =
  | { sent: true; messageId?: string | undefined }
  /** The address is gone at its provider. It stays if it was registered after `unlessSeenSince`, in unix seconds. */
  | { remove: string; unlessSeenSince?: number | undefined }
  /** Nothing more is sent to the address until it is registered again. */
  | { disable: string; needsOperator?: boolean | undefined }
  /** This push cannot reach the address; others may. */
  | { giveUp: string }
  /** A failed attempt. */
  | RetryResult
  /** The provider wants a pause before the next call at this address. No failed attempt. */
  | { wait: string; seconds: number }

export interface RetryResult {
  /** Why it failed. */
  retry: string
  /** Seconds until the next call, as the provider asks. */
  after?: number | undefined
  /** Whether the message may have been sent nevertheless. */
  sent?: Sent | undefined
  /** The provider is in trouble, whatever the message: a code for the log. */
  outage?: string | undefined
  needsOperator?: boolean | undefined
}
