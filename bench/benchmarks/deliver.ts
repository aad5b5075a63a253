import type { Benchmark, Contender } from '../benchmark.ts'
import type { Program } from '../program.ts'
import { openStage } from './stage.ts'

const PUSHES = 20_000
/** In one statement and one job; the API makes batches like these by itself under load. */
const AT_ONCE = 100

export const deliver: Benchmark = {
  name: 'deliver',
  work: `${PUSHES.toLocaleString('en')} pushes already accepted, no-op sender, outcomes recorded, one worker process`,
  targets: [{ figure: 'pushes/s', atLeast: 2 }],
  rounds: 9, // they differ more than others'
  async open() {
    const stage = await openStage()
    const own = await stage.program('worker')
    const [bareApi, bare] = [await stage.peer('bullmq', 'api'), await stage.peer('bullmq', 'worker')]
    const add = () => bareApi.ask('addMany', { count: PUSHES, atOnce: AT_ONCE })
    return {
      carillon: delivering('carillon', own, () => stage.acceptPushes(PUSHES, AT_ONCE), PUSHES),
      baselines: [delivering('BullMQ worker', bare, add, PUSHES)],
      close: stage.close,
    }
  },
}

export function delivering(name: string, worker: Program, prepare: () => Promise<unknown>, pushes: number): Contender {
  return {
    name,
    prepare,
    async round() {
      const begun = performance.now()
      const recorded = worker.ask('recorded', pushes)
      await worker.ask('start')
      await recorded
      return { 'pushes/s': (pushes * 1000) / (performance.now() - begun) }
    },
    settle: () => worker.ask('halt'),
  }
}
