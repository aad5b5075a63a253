import type { MinuteCount } from '@carillon/contract'
import { openStore } from '@carillon/store'

const MINUTES = 60

/** Writes what a server that has run for an hour has counted, for the charts. */
export async function writePastHour(dataDir: string): Promise<void> {
  const store = await openStore({
    dataDir,
    onError(error) {
      throw error
    },
  })
  const thisMinute = Math.floor(Date.now() / 60_000) * 60
  const counts = Array.from({ length: MINUTES }, (_, ago) => countsOf(thisMinute - ago * 60, ago))
  await store.counts.add(counts.flat())
  await store.close()
}

/** Mail comes in waves, of which some people want none, and for some minutes its provider is out of order. */
function countsOf(minute: number, ago: number): MinuteCount[] {
  const accepted = Math.round(900 + 400 * Math.sin(ago / 9) + 120 * Math.sin(ago * 1.7))
  const failed = ago > 21 && ago < 27 ? 90 + 12 * (ago % 3) : 0
  const caughtUp = ago > 16 && ago <= 21 ? 110 : 0
  const dead = ago % 13 === 4 ? 5 + (ago % 4) : 0
  const skipped = Math.round(accepted / (6 + (ago % 4)))
  const outcomes = { accepted, sent: accepted - skipped - failed - dead + caughtUp, skipped, failed, dead }
  return Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => ({ app: 1, minute, sender: 'sendmail', outcome, count }) as MinuteCount)
}
