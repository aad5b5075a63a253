import { type Benchmark, contest, type Contender } from '../../benchmark.ts'
import { cpuWhile } from '../../cpu.ts'
import { HttpLoad } from '../../http-load.ts'
import type { Meter } from '../../meter.ts'
import { sum } from '../../nodes/fleet.ts'
import type { Program } from '../../program.ts'
import { pushRequests } from '../../push-requests.ts'
import { type Role, startRole } from '../../role.ts'
import { deliverAll, recordedBy } from '../../workers.ts'
import { openStage, type Stage } from '../stage.ts'

const PUSHES = 9_000
const PROCESSES = 3
/** To each API: as many requests of one tick are accepted together, which costs less, however many APIs there are. */
const CONNECTIONS = 32

export const nodesPushes: Benchmark = {
  name: 'nodes-pushes',
  group: 'nodes',
  work: `what a push costs ${PROCESSES} APIs and ${PROCESSES} workers, and one of each, in µs of CPU`,
  targets: [],
  rounds: 3,
  async open() {
    const stage = await openStage()
    const meter = await stage.meter()
    const apis = await several(() => startRole('api', stage.servers))
    for (const { stop } of apis) stage.atEnd(stop)
    const workers = await several(() => stage.program('worker'))
    const sizes = [PROCESSES, 1].map((size) => ({
      stage,
      meter,
      apis: apis.slice(0, size),
      workers: workers.slice(0, size),
    }))
    const loads = sizes.map(loadsOf)
    const contenders = Object.keys(loads[0]!).flatMap((work) =>
      sizes.map((fleet, n) => costing(`${work}, ${fleet.workers.length}`, fleet, loads[n]![work]!)),
    )
    return contest(contenders, stage.close)
  },
}

const several = <T>(start: () => Promise<T>) => Promise.all(Array.from({ length: PROCESSES }, start))

/** The processes that a push goes through. */
interface Fleet {
  stage: Stage
  meter: Meter
  apis: readonly Role[]
  workers: readonly Program[]
}

/** What is measured, and what comes before and after. */
interface Work extends Pick<Contender, 'prepare' | 'settle'> {
  measured(): Promise<unknown>
}

function loadsOf({ stage, apis, workers }: Fleet): Record<string, Work> {
  const loads = apis.map(({ port }) => new HttpLoad(port, CONNECTIONS))
  const accept = () => Promise.all(loads.map((load) => load.run(pushRequests(PUSHES / loads.length))))
  const deliver = () => deliverAll(workers, PUSHES)
  const halt = () => Promise.all(workers.map((worker) => worker.ask('halt')))
  return {
    accept: { measured: accept, settle: () => deliver().then(halt) },
    deliver: { prepare: () => stage.acceptPushes(PUSHES, 100), measured: deliver, settle: halt },
    flow: {
      prepare: () => Promise.all(workers.map((worker) => worker.ask('start'))),
      measured: () => Promise.all([recordedBy(workers, PUSHES), accept()]),
      settle: halt,
    },
  }
}

function costing(name: string, { meter, apis, workers }: Fleet, { measured, ...around }: Work): Contender {
  const pids = [...apis, ...workers].map(({ pid }) => pid)
  return {
    name,
    ...around,
    async round() {
      const [first, begun] = [await meter.read(), performance.now()]
      const us = await cpuWhile(pids, measured)
      const [took, last] = [performance.now() - begun, await meter.read()]
      const [apisUs, workersUs] = [sum(us.slice(0, apis.length)), sum(us.slice(apis.length))]
      const [postgresUs, redisUs] = [last.postgresUs - first.postgresUs, last.redisUs - first.redisUs]
      return {
        'pushes/s': (PUSHES * 1000) / took,
        'APIs µs': apisUs / PUSHES,
        'workers µs': workersUs / PUSHES,
        'Postgres µs': postgresUs / PUSHES,
        'Redis µs': redisUs / PUSHES,
        'together µs': (apisUs + workersUs + postgresUs + redisUs) / PUSHES,
      }
    },
  }
}
