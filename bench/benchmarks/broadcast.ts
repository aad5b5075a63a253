import { randomUUID } from 'node:crypto'
import type { Benchmark, Contender } from '../benchmark.ts'
import type { Program } from '../program.ts'
import { openStage } from './stage.ts'

const RECIPIENTS = 100_000
const AT_ONCE = 1000

export const broadcast: Benchmark = {
  name: 'broadcast',
  work: `pushall to ${RECIPIENTS.toLocaleString('en')} pushers, no-op sender, until every outcome is recorded`,
  targets: [{ figure: 'recipients/s', atLeast: 4 }],
  async open() {
    const stage = await openStage(RECIPIENTS)
    const workers = [await stage.program('worker'), await stage.peer('bullmq', 'worker')] as const
    const bareApi = await stage.peer('bullmq', 'api')
    const addMany = () => bareApi.ask('addMany', { count: RECIPIENTS, atOnce: AT_ONCE })
    for (const worker of workers) await worker.ask('start')
    return {
      carillon: sending('carillon', workers[0], () => stage.services.api(1).pushAll('bench', randomUUID()), RECIPIENTS),
      baselines: [sending('BullMQ addBulk + process', workers[1], addMany, RECIPIENTS)],
      close: stage.close,
    }
  },
}

export function sending(name: string, worker: Program, send: () => Promise<unknown>, count: number): Contender {
  return {
    name,
    async round() {
      const recorded = worker.ask('recorded', count)
      const begun = performance.now()
      await Promise.all([recorded, send()])
      return { 'recipients/s': (count * 1000) / (performance.now() - begun) }
    },
  }
}
