import type { ArchiveLimits } from '@carillon/contract'

/** Seconds. */
export interface ArchiveTimes extends ArchiveLimits {
  /** After an archive was stopped the last lines of other processes still come. */
  lastLines: number
  /** An archive is available. */
  retention: number
  /** Between looks at what is to be done. */
  look: number
}

const HOUR_S = 3600

export const defaultTimes: ArchiveTimes = {
  longest: 2 * HOUR_S,
  empty: 60,
  quiet: HOUR_S,
  lastLines: 1,
  retention: 30 * 24 * HOUR_S,
  look: 2,
}
