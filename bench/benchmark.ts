/** Figures of one round, by what they say, such as `pushes/s`. */
export type Figures = Record<string, number>

export interface Contender {
  name: string
  /** What has to be there before the work begins. */
  prepare?(): Promise<unknown>
  /** Does the work once. */
  round(): Promise<Figures>
  /** So that it leaves the machine to the others. */
  settle?(): Promise<unknown>
}

/** What is measured against what, on servers of its own. */
export interface Contest {
  carillon: Contender
  /** The first is the one that the target names. */
  baselines: readonly [Contender, ...Contender[]]
  close(): Promise<void>
}

/** Where each is the others' baseline. */
export function contest(contenders: readonly Contender[], close: () => Promise<void>): Contest {
  const [carillon, baseline, ...others] = contenders
  if (!carillon || !baseline) throw new Error('A contest needs two contenders.')
  return { carillon, baselines: [baseline, ...others], close }
}

export interface Target {
  figure: string
  /** Name of a baseline; default: the first. */
  of?: string
  /** Ours divided by the baseline's: at least, where more is better; at most, where less is. */
  atLeast?: number
  atMost?: number
  /** Ours alone, whatever the baseline's: less than this. */
  below?: number
}

export interface Benchmark {
  name: string
  /** By which several of them can be asked for at once. */
  group?: string
  /** What is done, in a line. */
  work: string
  targets: readonly Target[]
  /** Default 5. */
  rounds?: number
  /** A round of each first that does not count; default: true. */
  warmUp?: boolean
  /** Takes so long that it runs only if it is named. */
  onlyByName?: true
  open(): Promise<Contest>
}
