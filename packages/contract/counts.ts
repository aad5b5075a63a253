/** What is counted per minute. `accepted` does not include broadcasts; the outcomes include their recipients. */
export type CountedOutcome = 'accepted' | 'sent' | 'later' | 'failed' | 'dead' | 'skipped' | 'deferred'

/** What happened in one minute. */
export interface MinuteCount {
  app: number
  sender: string
  outcome: CountedOutcome
  /** Its begin: unix seconds. */
  minute: number
  count: number
}

/** What happened in a span of time. */
export interface SpanCount extends Pick<MinuteCount, 'sender' | 'outcome' | 'count'> {
  /** Its begin: unix seconds. */
  time: number
}
