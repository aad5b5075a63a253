import type { SenderBacklog } from '@carillon/contract'

/** Null: it cannot be read now. */
export type Backlogs = () => Promise<readonly SenderBacklog[] | null>

const FRESH_MS = 1000
/** What took long to read is kept for longer, so that scraping keeps the database busy for a tenth of the time at most. */
const TIMES_ITS_COST = 10

/** Reads what waits, once for all who ask at about the same time, however often they ask. */
export function recentBacklogs(read: () => Promise<SenderBacklog[]>): Backlogs {
  let answer: Promise<SenderBacklog[] | null> = Promise.resolve(null)
  let freshUntil = 0
  return () => {
    const startedAt = performance.now()
    if (startedAt < freshUntil) return answer
    freshUntil = Number.POSITIVE_INFINITY // until it is known what this costs
    answer = read()
      .catch(() => null)
      .finally(() => {
        const cost = performance.now() - startedAt
        freshUntil = startedAt + cost + Math.max(FRESH_MS, cost * TIMES_ITS_COST)
      })
    return answer
  }
}
