import type { Day } from './days.ts'
import type { InstallationOptions } from './installation.ts'

/* What docs/capacity.md plans: the loads, and the machines for them. */

/** How busy a part may be at the peak. Above it, waits grow quickly, and nothing is left for the loss of a machine. */
export const PLANNED_SHARE = 0.6
export const PEAK_FACTOR = 10

export interface Plan {
  day: Day
  machines: string
  options: InstallationOptions
}

const MILLION = 1_000_000

const split: Omit<Plan, 'day'> = {
  machines: '2 APIs on 4 cores, 2 workers on 2, Postgres on 4, Redis on 1',
  options: { layout: { api: 4, worker: 2, postgres: 4, redis: 1 }, apis: 2, workers: 2 },
}

export const plans: readonly Plan[] = [
  {
    day: { pushes: MILLION, peakFactor: PEAK_FACTOR },
    machines: 'one with 2 cores',
    options: { layout: { together: 2 } },
  },
  {
    day: { pushes: 10 * MILLION, peakFactor: PEAK_FACTOR },
    machines: 'one with 2 cores',
    options: { layout: { together: 2 } },
  },
  {
    day: { pushes: 100 * MILLION, peakFactor: 4 },
    machines: 'one with 4 cores',
    options: { layout: { together: 4 } },
  },
  {
    day: { pushes: 100 * MILLION, peakFactor: PEAK_FACTOR },
    machines: 'one with 8 cores: 2 APIs, 2 workers',
    options: { layout: { together: 8 }, apis: 2, workers: 2 },
  },
  { day: { pushes: 100 * MILLION, peakFactor: PEAK_FACTOR }, ...split },
]

/** The last of these with more and more pushes a day, until a part can do no more. */
export const rising: readonly Plan[] = [50, 100, 150, 170, 200].map((millions) => ({
  day: { pushes: millions * MILLION, peakFactor: PEAK_FACTOR },
  ...split,
}))

/** Pushes a day whose disk is planned. */
export const daysOfPushes = [MILLION, 10 * MILLION, 100 * MILLION]
/** RETENTION_DAYS; finished pushes are removed by whole days, so a day more is kept. */
export const retentions = [7, 30, 60]

/** The default of WORKER_CONCURRENCY. */
export const SENDS_AT_ONCE = 100
/** How long a provider may take to answer. */
export const providerTimesMs = [20, 100, 500, 2000]

export interface Nodes {
  connections: number
  nodes: number
  basis: 'measured' | 'extrapolated'
}

export const realtime: readonly Nodes[] = [
  { connections: 10_000, nodes: 1, basis: 'measured' },
  { connections: 100_000, nodes: 4, basis: 'extrapolated' },
  { connections: 100_000, nodes: 10, basis: 'extrapolated' },
  { connections: 1_000_000, nodes: 40, basis: 'extrapolated' },
  { connections: 1_000_000, nodes: 100, basis: 'extrapolated' },
]
