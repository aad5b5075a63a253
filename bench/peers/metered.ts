import type { Contender, Figures } from '../benchmark.ts'
import { cpuOf } from '../cpu.ts'
import type { Side } from './side.ts'

const PROCESSES = ['API µs', 'worker µs', 'Postgres µs', 'Redis µs'] as const

/** CPU of an item in all processes together, in µs; undefined where it was not measured. */
export function together(figures: Figures): number | undefined {
  if (PROCESSES.some((process) => figures[process] === undefined)) return undefined
  return PROCESSES.reduce((sum, process) => sum + figures[process]!, 0)
}

/** Adds the CPU that each of `count` items took to the figures of a contender, in µs by process. */
export function metered(contender: Contender, side: Side, count: number): Contender {
  return {
    ...contender,
    async round() {
      const before = await spent(side)
      const figures = await contender.round()
      const after = await spent(side)
      const each = PROCESSES.map((process) => [process, (after[process] - before[process]) / count] as const)
      return { ...figures, ...Object.fromEntries(each) }
    },
  }
}

async function spent({ api, worker, meter }: Side): Promise<Record<(typeof PROCESSES)[number], number>> {
  const { postgresUs, redisUs } = await meter.read()
  return { 'API µs': cpuOf(api.pid), 'worker µs': cpuOf(worker.pid), 'Postgres µs': postgresUs, 'Redis µs': redisUs }
}
