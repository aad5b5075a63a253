import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { connect, type Services } from 'carillon'
import { Meter } from '../meter.ts'
import type { PeerName } from '../peers/queue.ts'
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
  /** bench/programs/peer-api.ts or peer-worker.ts, likewise. @param redisUrl where it is not that of the servers */
  peer(name: PeerName, role: 'api' | 'worker', redisUrl?: string): Promise<Program>
  /** The CPU of the servers. @param redisUrl where it is not that of the servers */
  meter(redisUrl?: string): Promise<Meter>
  /** Inserts this many pushes for the sender `bench` in one statement, and adds a job for each batch of a wake-up. */
  acceptPushes(count: number, atOnce: number): Promise<void>
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
  const own = { databaseUrl, redisUrl, queuePrefix }
  const start = async (file: string, options: typeof own, env?: Record<string, string>) => {
    const program = await Program.start(join(import.meta.dirname, '..', `${file}.ts`), options, env)
    stops.push(() => program.stop())
    return program
  }
  return {
    servers,
    services,
    program: (name, env) => start(`programs/${name}`, own, env),
    baseline: (name) => start(`baselines/${name}`, own),
    peer(name, role, url = redisUrl) {
      // Without a prefix of its own it would take the jobs of others.
      const options = { databaseUrl, redisUrl: url, queuePrefix: `${queuePrefix}-${name}` }
      return start(`programs/peer-${role}`, options, { PEER: name })
    },
    async meter(url = redisUrl) {
      const meter = await Meter.open({ ...servers, redisUrl: url })
      stops.push(() => meter.close())
      return meter
    },
    async acceptPushes(count, atOnce) {
      const api = services.api(1)
      const batch = randomUUID()
      for (let from = 0; from < count; from += atOnce) {
        const some = Array.from({ length: atOnce }, (_, n) => from + n)
        await Promise.all(some.map((n) => api.push('bench', `p${(n % PUSHERS) + 1}`, `${batch} ${n}`)))
      }
    },
    atEnd: (stop) => void stops.push(stop),
    async close() {
      for (const stop of stops.toReversed()) await stop()
    },
  }
}
