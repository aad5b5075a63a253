import type { Benchmark, Contender } from '../benchmark.ts'
import type { Program } from '../program.ts'
import { pushAll, sending } from './broadcast.ts'
import { openStage, type Stage } from './stage.ts'

const MANY = 1_000_000
const FEW = 100_000
const MEGABYTE = 2 ** 20

export const broadcastMillion: Benchmark = {
  name: 'broadcast-1m',
  work: 'the same to 1,000,000 pushers, and what the worker grows by meanwhile, beside 100,000',
  targets: [
    { figure: 'µs each', atMost: 1.2 },
    { figure: 'recipients/s', atLeast: 1 / 1.2 },
  ],
  async open() {
    const [many, few] = [await staged(MANY), await staged(FEW)]
    return {
      carillon: costing('1,000,000', many, MANY),
      baselines: [costing('100,000', few, FEW)],
      async close() {
        await many.stage.close()
        await few.stage.close()
      },
    }
  },
}

async function staged(pushers: number): Promise<{ stage: Stage; worker: Program }> {
  const stage = await openStage(pushers)
  const worker = await stage.program('worker')
  await worker.ask('start')
  return { stage, worker }
}

function costing(name: string, { stage, worker }: { stage: Stage; worker: Program }, count: number): Contender {
  const { round } = sending(name, worker, () => pushAll(stage), count)
  return {
    name,
    async round() {
      const before = await worker.ask<number>('memory')
      const { 'recipients/s': rate = NaN } = await round()
      const grown = (await worker.ask<number>('memory')) - before
      return { 'recipients/s': rate, 'µs each': 1_000_000 / rate, 'MB grown': Math.max(0, grown) / MEGABYTE }
    },
  }
}
