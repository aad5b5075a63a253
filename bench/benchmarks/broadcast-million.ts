import { randomUUID } from 'node:crypto'
import { createClient } from '@carillon/client'
import type { Benchmark, Contender } from '../benchmark.ts'
import { growthWhile } from '../growth.ts'
import { credentials } from '../push-requests.ts'
import { startRole } from '../role.ts'
import { sending } from './broadcast.ts'
import { openStage, type Stage } from './stage.ts'

const MANY = 1_000_000
const FEW = 100_000
const MEGABYTE = 2 ** 20

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
  const api = await startRole('api', stage.servers)
  stage.atEnd(api.stop)
  const worker = await stage.program('worker')
  await worker.ask('start')
  const client = createClient({ url: `http://127.0.0.1:${api.port}`, ...credentials })
  const send = sending(name, worker, () => client.pushAll('bench', randomUUID()), count)
  return {
    name,
    async round() {
      let rate = NaN
      const grown = await growthWhile([worker.pid, api.pid], async () => {
        rate = (await send.round())['recipients/s']!
      })
      return { 'recipients/s': rate, 'µs each': 1_000_000 / rate, 'MB grown': grown / MEGABYTE }
    },
  }
}
