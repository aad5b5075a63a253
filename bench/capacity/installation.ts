import { Clock } from './clock.ts'
import { Machine, type Thread } from './machine.ts'
import { Postgres } from './postgres.ts'
import { delays, measuredOn, statementUs } from './measured.ts'
import { seeded } from './random.ts'

/** Connections of a process to Postgres, the default of DATABASE_POOL. */
const POOL = 10
const SEED = 1

/** Cores of each part, or of all parts together. */
export type Layout = Together | Separate

interface Together {
  together: number
}

interface Separate {
  api: number
  worker: number
  postgres: number
  redis: number
}

export interface InstallationOptions {
  layout: Layout
  apis?: number
  workers?: number
  /** As in the benchmarks; in production they are elsewhere. */
  areClientsInside?: boolean
}

type Machines = Readonly<Record<keyof Separate, Machine>>

/** The processes of an installation, on one machine or on one for each part. */
export interface Installation {
  clock: Clock
  random: () => number
  apis: readonly Thread[]
  workers: readonly Thread[]
  postgres: Postgres
  redis: Thread
  /** What sends requests, and the kernel that serves its connections at the API. */
  client: Thread
  kernel: Thread
}

export function install({
  layout,
  apis = 1,
  workers = 1,
  areClientsInside = false,
}: InstallationOptions): Installation {
  const [clock, random] = [new Clock(), seeded(SEED)]
  const machine = (cores: number) => new Machine({ clock, cores, random, wakeUs: delays.wakeUs })
  const machines = 'together' in layout ? shared(machine(layout.together)) : separate(layout, machine)
  const connections = POOL * (apis + workers)
  return {
    clock,
    random,
    apis: threads(machines.api, apis),
    workers: threads(machines.worker, workers),
    postgres: new Postgres({ clock, machine: machines.postgres, connections, syncUs: delays.syncUs, statementUs }),
    redis: machines.redis.thread(),
    client: (areClientsInside ? machines.api : machine(1)).thread(),
    kernel: machines.api.thread(),
  }
}

/** The machine of the benchmarks, with everything on it. */
export function benchmarked(options: { workers?: number } = {}): Installation {
  return install({ layout: { together: measuredOn.cores }, areClientsInside: true, ...options })
}

const threads = (machine: Machine, count: number) => Array.from({ length: count }, () => machine.thread())

function shared(machine: Machine): Machines {
  return { api: machine, worker: machine, postgres: machine, redis: machine }
}

function separate(cores: Separate, machine: (cores: number) => Machine): Machines {
  return {
    api: machine(cores.api),
    worker: machine(cores.worker),
    postgres: machine(cores.postgres),
    redis: machine(cores.redis),
  }
}
