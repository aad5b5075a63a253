import type { Benchmark, Contender, Figures } from '../benchmark.ts'
import { HttpLoad } from '../http-load.ts'
import { metered } from '../peers/metered.ts'
import { carillonSide, type Side } from '../peers/side.ts'
import { manyPushRequests, pushRequests } from '../push-requests.ts'
import { openStage } from './stage.ts'

const PUSHES = 20_000
const EACH = 100
const CONNECTIONS = 64

export const pushMany: Benchmark = {
  name: 'push-many',
  group: 'peers',
  work: `signed requests of /v1/push with ${EACH} pushes each, beside one push a request, ${CONNECTIONS} connections`,
  targets: [],
  async open() {
    const stage = await openStage()
    const side = await carillonSide(stage)
    const many = accepting(`${EACH} a request`, side, () => manyPushRequests(PUSHES, EACH))
    const single = accepting('one a request', side, () => pushRequests(PUSHES))
    return { carillon: many, baselines: [single], close: stage.close }
  },
}

function accepting(name: string, side: Side, requests: () => Buffer[]): Contender {
  const load = new HttpLoad(side.api.port, CONNECTIONS)
  const contender = metered({ name, round: () => loadOnce(load, requests()) }, side, PUSHES)
  return { ...contender, round: async () => perCore(await contender.round()) }
}

async function loadOnce(load: HttpLoad, requests: Buffer[]): Promise<Figures> {
  return { 'pushes/s': ((await load.run(requests)) * PUSHES) / requests.length }
}

/** Of the CPU of the API and both servers together. */
function perCore({ 'pushes/s': rate, ...us }: Figures): Figures {
  const each = us['API µs']! + us['Postgres µs']! + us['Redis µs']!
  return { 'pushes/s': rate!, 'pushes/s per core': 1_000_000 / each, ...us }
}
