import type { Benchmark, Contender } from '../benchmark.ts'
import { startBroadcasting } from '../broadcasting.ts'
import { openStage, type Stage } from './stage.ts'

const MANY = 1_000_000
const FEW = 100_000

export const broadcastMillion: Benchmark = {
  name: 'broadcast-1m',
  work: 'the same to 1,000,000 pushers, beside 100,000, and what the worker and the API grow by meanwhile',
  targets: [
    { figure: 'µs each', atMost: 1.2 },
    { figure: 'MB grown', below: 100 },
  ],
  async open() {
    const [many, few] = [await openStage(MANY), await openStage(FEW)]
    return {
      carillon: await costing('1,000,000', many, MANY),
      baselines: [await costing('100,000', few, FEW)],
      async close() {
        await many.close()
        await few.close()
      },
    }
  },
}

async function costing(name: string, stage: Stage, count: number): Promise<Contender> {
  const { start, cost } = await startBroadcasting(stage)
  await start()
  return { name, round: () => cost(count) }
}
