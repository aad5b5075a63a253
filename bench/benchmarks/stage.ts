import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { connect, type Services } from 'carillon'
import { Program } from '../program.ts'
import { credentials, PUSHERS } from '../push-requests.ts'
import { type Servers, startServers } from '../servers.ts'

/** Servers with pushers of app 1, p1 and so on. */
export interface Stage {
  servers: Servers
  services: Services
  /** One of bench/programs in a process of its own, on these servers. */
  program(name: string, env?: Record<string, string>): Promise<Program>
  /** One of bench/baselines, likewise. */
  baseline(name: string): Promise<Program>
  /** Inserts this many pushes for the sender `bench` in one statement, and adds a job for each batch of a wake-up. */
  acceptPushes(count: number, atOnce: number): Promise<void>
  /** The queue that the baselines work on. */
  bareQueue: Queue
  /** To that queue, so many in one call. */
  addJobs(count: number, atOnce: number): Promise<void>
  /** Has something ended before the servers are. */
  atEnd(stop: () => Promise<unknown>): void
  close(): Promise<void>
}

export async function openStage(pushers = PUSHERS, sender = 'bench'): Promise<Stage> {
  const servers = await startServers()
  const services = await connect(servers)
  await services.store.apps.ensureFirst({ ...credentials, id: 1 })
  await servers.addPushers(pushers, sender)
  const stops: (() => Promise<unknown>)[] = [servers.stop, services.close]
  const { databaseUrl, redisUrl, queuePrefix } = servers
  const barePrefix = `${queuePrefix}-bare` // or its workers would take our jobs
  const start = async (file: string, prefix: string, env?: Record<string, string>) => {
    const options = { databaseUrl, redisUrl, queuePrefix: prefix }
    const program = await Program.start(join(import.meta.dirname, '..', `${file}.ts`), options, env)
    stops.push(() => program.stop())
    return program
  }
  const queue = new Queue('bench', { connection: { url: redisUrl }, prefix: barePrefix })
  stops.push(() => queue.close())
  return {
    servers,
    services,
    program: (name, env) => start(`programs/${name}`, queuePrefix, env),
    baseline: (name) => start(`baselines/${name}`, barePrefix),
    async acceptPushes(count, atOnce) {
      const api = services.api(1)
      const batch = randomUUID()
      for (let from = 0; from < count; from += atOnce) {
        const some = Array.from({ length: atOnce }, (_, n) => from + n)
        await Promise.all(some.map((n) => api.push('bench', `p${(n % PUSHERS) + 1}`, `${batch} ${n}`)))
      }
    },
    bareQueue: queue,
    async addJobs(count, atOnce) {
      for (let from = 0; from < count; from += atOnce) await queue.addBulk(jobs(from, atOnce))
    },
    atEnd: (stop) => void stops.push(stop),
    async close() {
      for (const stop of stops.toReversed()) await stop()
    },
  }
}

function jobs(from: number, count: number) {
  return Array.from({ length: count }, (_, n) => ({
    name: `push ${from + n}`,
    data: { pusher: `p${((from + n) % PUSHERS) + 1}`, data: `${from + n}` },
    opts: { removeOnComplete: true },
  }))
}
