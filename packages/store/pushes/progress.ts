/** What the attempts of a push hand on, as its row keeps it. */
export interface StoredProgress {
  /** JSON that the next attempt gets. */
  value?: string | undefined
  /** How the push ends if no attempt follows; absent: it is dead. */
  ifLast?: Ending | undefined
}

/** How a push ends. `messageId`: the provider's. */
export type Ending = { is: 'sent'; messageId?: string } | { is: 'dead'; reason: string }

/** The value is JSON within JSON, so that Postgres can read the rest whatever a sender puts into it. */
export function progressText(progress: StoredProgress): string {
  return JSON.stringify(progress)
}

/** @param text null: attempts have handed on nothing */
export function readProgress(text: string | null | undefined): StoredProgress {
  return text ? (JSON.parse(text) as StoredProgress) : {}
}
