/** What the last line of the suite says. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** The truth about a run until it has ended: a crash must never read as a success. */
export const crashed: Counts = { passed: 0, failed: 1, skipped: 0 }

export function line({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

export function isCounts(message: unknown): message is Counts {
  return (
    typeof message === 'object' &&
    message !== null &&
    'passed' in message &&
    'failed' in message &&
    'skipped' in message
  )
}
