import type { Benchmark, Contender } from '../benchmark.ts'
import { HttpLoad } from '../http-load.ts'
import type { Program } from '../program.ts'
import { pushRequests } from '../push-requests.ts'
import { startRole } from '../role.ts'
import { openStage } from './stage.ts'

const PUSHES = 10_000
const CONNECTIONS = 64

export const flow: Benchmark = {
  name: 'flow',
  work: `the same pushes accepted and delivered at once, until the last outcome is recorded`,
  targets: [{ figure: 'pushes/s', atLeast: 1.3 }],
  async open() {
    const stage = await openStage()
    const api = await startRole('api', stage.servers)
    stage.atEnd(api.stop)
    const bareApi = await stage.peer('bullmq', 'api')
    const workers = [await stage.program('worker'), await stage.peer('bullmq', 'worker')] as const
    for (const worker of workers) await worker.ask('start')
    return {
      carillon: flowing('carillon', api.port, workers[0]),
      baselines: [flowing('BullMQ add + process', await bareApi.ask('port'), workers[1])],
      close: stage.close,
    }
  },
}

export function flowing(name: string, port: number, worker: Program, pushes = PUSHES): Contender {
  const load = new HttpLoad(port, CONNECTIONS)
  return {
    name,
    async round() {
      const requests = pushRequests(pushes)
      const recorded = worker.ask('recorded', pushes)
      const begun = performance.now()
      await Promise.all([recorded, load.run(requests)])
      return { 'pushes/s': (pushes * 1000) / (performance.now() - begun) }
    },
  }
}
