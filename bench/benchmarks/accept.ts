import type { Benchmark, Contender } from '../benchmark.ts'
import { HttpLoad } from '../http-load.ts'
import { pushRequests } from '../push-requests.ts'
import { startRole } from '../role.ts'
import { openStage } from './stage.ts'

const PUSHES = 10_000
const CONNECTIONS = 64

export const accept: Benchmark = {
  name: 'accept',
  work: `signed form pushes over HTTP, ${CONNECTIONS} connections, one API process, each committed before its answer`,
  targets: [{ figure: 'pushes/s', atLeast: 1.3 }],
  async open() {
    const stage = await openStage()
    const api = await startRole('api', stage.servers)
    stage.atEnd(api.stop)
    const bare = await stage.peer('bullmq', 'api')
    return {
      carillon: loaded('carillon', api.port),
      baselines: [loaded('signature + queue.add', await bare.ask('port'))],
      close: stage.close,
    }
  },
}

export function loaded(name: string, port: number, pushes = PUSHES): Contender {
  const load = new HttpLoad(port, CONNECTIONS)
  return { name, round: async () => ({ 'pushes/s': await load.run(pushRequests(pushes)) }) }
}
