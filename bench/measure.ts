import type { Benchmark, Contender, Figures, Target } from './benchmark.ts'

export interface Measured {
  name: string
  group?: string | undefined
  work: string
  rounds: number
  /** Medians, ours first. */
  contenders: { name: string; figures: Figures; all: Figures[] }[]
  verdicts: Verdict[]
}

export interface Verdict extends Target {
  of: string
  /** Of the medians. */
  ratio: number
  reached: boolean
}

const ROUNDS = 5

/** A round of each to warm up, then rounds in turn: whatever else the machine does meets all of them. */
export async function measure(benchmark: Benchmark): Promise<Measured> {
  const { name, group, work, targets, rounds = ROUNDS, warmUp = true, open } = benchmark
  const { carillon, baselines, close } = await open()
  const all = [carillon, ...baselines].map((contender) => ({ contender, rounds: [] as Figures[] }))
  try {
    if (warmUp) for (const { contender } of all) await once(contender)
    for (let round = 0; round < rounds; round++) for (const each of all) each.rounds.push(await once(each.contender))
  } finally {
    await close()
  }
  const contenders = all.map(({ contender, rounds: figures }) => medians(contender, figures))
  return {
    name,
    group,
    work,
    rounds,
    contenders,
    verdicts: targets.flatMap((target) => verdict(target, contenders) ?? []),
  }
}

async function once(contender: Contender): Promise<Figures> {
  await contender.prepare?.()
  const figures = await contender.round()
  await contender.settle?.()
  return figures
}

function medians({ name }: Contender, all: Figures[]) {
  const keys = Object.keys(all[0] ?? {})
  return { name, figures: Object.fromEntries(keys.map((key) => [key, median(all.map((one) => one[key]!))])), all }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

/** None where the baseline is not on this machine. */
function verdict(target: Target, [own, ...others]: Measured['contenders']): Verdict | undefined {
  const { figure, atLeast = 0, atMost = Infinity, below = Infinity } = target
  const baseline = target.of === undefined ? others[0]! : others.find(({ name }) => name === target.of)
  if (!baseline) return undefined
  const value = own!.figures[figure]!
  const other = baseline.figures[figure]!
  const ratio = value === other ? 1 : value / other
  return { ...target, of: baseline.name, ratio, reached: ratio >= atLeast && ratio <= atMost && value < below }
}
