import { summary } from '../delays.ts'
import { install, type Installation, type InstallationOptions } from './installation.ts'
import type { Thread } from './machine.ts'
import { accepting, dispatching } from './pushes.ts'

/* Installations under the load of a day, at its peak. */

const PUSHES = 3000
export const S_PER_DAY = 86_400
const US_PER_S = 1_000_000

export interface Day {
  pushes: number
  /** Pushes of the busiest minutes, divided by what an even day would have in them. */
  peakFactor: number
}

export interface Load {
  /** Milliseconds from the request to the call of the sender. */
  p50: number
  p99: number
  /** Shares of the time for which each part works: of the thread of a process, or of the cores of Postgres. */
  busy: { api: number; worker: number; postgres: number; redis: number }
  /** The same of all cores together, if there is one machine. */
  machine: number | undefined
}

/** Pushes a second at the peak. */
export const peakOf = ({ pushes, peakFactor }: Day): number => (pushes / S_PER_DAY) * peakFactor

/** Single pushes come at random moments, and each goes to the next API and the next worker. */
export async function simulateDay(day: Day, options: InstallationOptions): Promise<Load> {
  const on = install(options)
  const took: number[] = []
  const [apis, workers] = [
    on.apis.map((api) => accepting(on, api)),
    on.workers.map((worker) => dispatching(on, worker)),
  ]
  const push = async (index: number) => {
    const [api, worker] = [apis[index % apis.length]!, workers[index % workers.length]!]
    const begun = on.clock.now
    await api.receive()
    const answered = api.answer()
    await worker.call()
    took.push((on.clock.now - begun) / 1000)
    await Promise.all([answered, worker.record()])
  }
  await on.clock.run(arrive(on, US_PER_S / peakOf(day), push))
  const { p50, p99 } = summary(took)
  return { p50, p99, ...loadOf(on, options) }
}

/** A Poisson process: the times between arrivals have an exponential distribution. */
async function arrive({ clock, random }: Installation, everyUs: number, push: (index: number) => Promise<void>) {
  const pushed: Promise<void>[] = []
  for (let index = 0; index < PUSHES; index++) {
    await clock.wait(-Math.log(1 - random()) * everyUs)
    pushed.push(push(index))
  }
  await Promise.all(pushed)
}

function loadOf(on: Installation, { layout }: InstallationOptions): Pick<Load, 'busy' | 'machine'> {
  const cores = (threads: readonly Thread[]) => threads.reduce((sum, { busyUs }) => sum + busyUs, 0) / on.clock.now
  const { apis, workers, postgres, redis, kernel } = on
  const postgresCores = 'together' in layout ? layout.together : layout.postgres
  const all = [...apis, ...workers, ...postgres.backends, redis, kernel]
  return {
    busy: {
      api: cores(apis) / apis.length,
      worker: cores(workers) / workers.length,
      postgres: cores(postgres.backends) / postgresCores,
      redis: cores([redis]),
    },
    machine: 'together' in layout ? cores(all) / layout.together : undefined,
  }
}
