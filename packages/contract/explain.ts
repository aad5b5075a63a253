/** What is looked at to find out why a pusher got no message, in this order. */
export const checkNames = [
  'pusher',
  'allowed',
  'preference',
  'address',
  'addressBlock',
  'quietHours',
  'configured',
  'paused',
  'worker',
  'rate',
  'breaker',
  'lastPush',
] as const

/**
 * `blocks`: nothing is sent until somebody acts. `waits`: it passes by itself. `partly`: some addresses get nothing until
 * somebody acts, and the others get it.
 */
export const checkStates = ['ok', 'blocks', 'waits', 'partly'] as const

/** One reason why a push is sent or not. */
export interface Check {
  check: (typeof checkNames)[number]
  state: (typeof checkStates)[number]
  /** What is so. */
  sentence: string
  /** What to do about it. */
  action?: string
  /** Id of the push that the sentence is about. */
  push?: string
}

/** Whether a pusher can be reached through a sender, and what stands in the way. */
export interface Explanation {
  pusher: string
  sender: string
  /** In the order of `checkNames`, without those that the ones before leave nothing to check. */
  checks: Check[]
}
