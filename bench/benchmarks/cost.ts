import type { Benchmark, Contender } from '../benchmark.ts'
import type { Meter } from '../meter.ts'
import type { Program } from '../program.ts'
import { deliverAll, totalOf } from '../workers.ts'
import { openStage } from './stage.ts'

const PUSHES = 20_000
const AT_ONCE = 100
const WORKERS = 3

export const cost: Benchmark = {
  name: 'cost',
  work: `what each of ${PUSHES.toLocaleString('en')} pushes costs, and how it grows from 1 to ${WORKERS} workers`,
  targets: [],
  async open() {
    const stage = await openStage()
    const meter = await stage.meter()
    const own = await several(() => stage.program('worker'))
    const bareApi = await stage.peer('bullmq', 'api')
    const bare = await several(() => stage.peer('bullmq', 'worker'))
    const accept = () => stage.acceptPushes(PUSHES, AT_ONCE)
    const add = () => bareApi.ask('addMany', { count: PUSHES, atOnce: AT_ONCE })
    return {
      carillon: costing(`carillon, ${WORKERS} workers`, own, meter, accept),
      baselines: [
        costing('carillon, 1 worker', own.slice(0, 1), meter, accept),
        costing(`BullMQ, ${WORKERS} workers`, bare, meter, add),
        costing('BullMQ, 1 worker', bare.slice(0, 1), meter, add),
      ],
      close: stage.close,
    }
  },
}

const several = (start: () => Promise<Program>) => Promise.all(Array.from({ length: WORKERS }, start))

function costing(name: string, workers: Program[], meter: Meter, accept: () => Promise<unknown>): Contender {
  return {
    name,
    async round() {
      const empty = await meter.read()
      await accept()
      const waiting = await meter.read()
      const [computed, begun] = [await totalOf(workers, 'cpu'), performance.now()]
      await deliverAll(workers, PUSHES)
      const took = performance.now() - begun
      const done = await meter.read()
      const workerUs = (await totalOf(workers, 'cpu')) - computed
      await Promise.all(workers.map((worker) => worker.ask('halt')))
      return {
        'pushes/s': (PUSHES * 1000) / took,
        'WAL in B': (waiting.walBytes - empty.walBytes) / PUSHES,
        'Redis waiting B': (waiting.redisBytes - empty.redisBytes) / PUSHES,
        'WAL out B': (done.walBytes - waiting.walBytes) / PUSHES,
        'workers µs': workerUs / PUSHES,
        'Postgres µs': (done.postgresUs - waiting.postgresUs) / PUSHES,
        'Redis µs': (done.redisUs - waiting.redisUs) / PUSHES,
      }
    },
  }
}
