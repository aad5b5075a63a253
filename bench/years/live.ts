import { mock } from 'node:test'
import { connect, type Services } from 'carillon'
import { onceFree, type Place, withDatabase } from './place.ts'
import { type Sizes, sizesOf, type Vacuums, vacuumsOf } from './sizes.ts'
import { type Traffic, writeDay } from './write-day.ts'

const DAY_S = 86_400
const RETENTION_DAYS = 30
/** As the sweeper removes them. */
const OLD_RECIPIENTS = 5000

export interface LivedDay {
  day: number
  sizes: Sizes
  /** ms of all steps that removed what is old. */
  removing: number
  /** ms of what the sweeper does each minute: nothing, on a Postgres server. */
  vacuuming: number
}

export interface Lifetime {
  days: LivedDay[]
  vacuums: Vacuums
}

/**
 * Lives through so many days, of which the present one is the last: Carillon is started on each of them, removes what is old,
 * and the traffic of the day is written.
 */
export async function live(place: Place, days: number, traffic: Traffic): Promise<Lifetime> {
  const lived: LivedDay[] = []
  const today = Math.floor(Date.now() / 1000 / DAY_S)
  for (let day = 1; day <= days; day++) {
    const ago = days - day
    const services = await connectOn(today - ago, place)
    const removing = await timed(() => removeOld(services, (RETENTION_DAYS + ago) * DAY_S))
    const vacuuming = await timed(() => services.store.vacuum())
    await services.close()
    const sizes = await withDatabase(place, async (run) => {
      await writeDay(run, today - ago, traffic)
      return sizesOf(run)
    })
    lived.push({ day, sizes, removing, vacuuming })
  }
  return { days: lived, vacuums: await withDatabase(place, vacuumsOf) }
}

/** Makes the partitions of that day and the next ones. */
async function connectOn(day: number, place: Place): Promise<Services> {
  mock.timers.enable({ apis: ['Date'], now: (day + 0.5) * DAY_S * 1000 })
  try {
    return await onceFree(() => connect(place))
  } finally {
    mock.timers.reset()
  }
}

async function removeOld({ store: { history } }: Services, seconds: number): Promise<void> {
  while (await history.removeDays(seconds));
  while (await history.removeOldBroadcasts(seconds, OLD_RECIPIENTS));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
