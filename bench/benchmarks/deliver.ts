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
    const bare = await stage.baseline('bullmq-worker')
    return {
      carillon: delivering('carillon', own, () => stage.acceptPushes(PUSHES, AT_ONCE)),
      baselines: [delivering('BullMQ worker', bare, () => stage.addJobs(PUSHES, AT_ONCE))],
      close: stage.close,
    }
  },
}

function delivering(name: string, worker: Program, prepare: () => Promise<void>): Contender {
  return {
    name,
    async round() {
      await prepare()
      const begun = performance.now()
      const recorded = worker.ask('recorded', PUSHES)
      await worker.ask('start')
      await recorded
      const seconds = (performance.now() - begun) / 1000
      await worker.ask('halt')
      return { 'pushes/s': PUSHES / seconds }
    },
  }
}
