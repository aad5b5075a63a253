import { setTimeout as pause } from 'node:timers/promises'
import type { Program } from './program.ts'

/** Starts workers, and resolves once they have recorded so many pushes. */
export async function deliverAll(workers: readonly Program[], pushes: number): Promise<void> {
  const delivered = recordedBy(workers, pushes)
  await Promise.all([delivered, ...workers.map((worker) => worker.ask('start'))])
}

/** Resolves once workers have recorded so many pushes from now on, all together. */
export async function recordedBy(workers: readonly Program[], pushes: number): Promise<void> {
  const goal = (await totalOf(workers, 'all')) + pushes
  while ((await totalOf(workers, 'all')) < goal) await pause(5)
}

export async function totalOf(workers: readonly Program[], figure: 'all' | 'cpu'): Promise<number> {
  const each = await Promise.all(workers.map((worker) => worker.ask<number>(figure)))
  return each.reduce((one, other) => one + other)
}
