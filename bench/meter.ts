import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { Servers } from './servers.ts'

/** So far, since the servers were started. */
export interface Reading {
  walBytes: number
  redisBytes: number
  /** CPU; NaN where the server is not on this machine, or this is no Linux. */
  postgresUs: number
  redisUs: number
}

/** What Linux counts CPU in, on all that Node runs on. */
const US_PER_TICK = 10_000

/** Reads what the servers have spent. */
export class Meter {
  readonly #postgres: pg.Client
  readonly #redis: Redis

  static async open({ databaseUrl, redisUrl }: Servers): Promise<Meter> {
    const postgres = new pg.Client(databaseUrl)
    await postgres.connect()
    return new Meter(postgres, new Redis(redisUrl))
  }

  private constructor(postgres: pg.Client, redis: Redis) {
    this.#postgres = postgres
    this.#redis = redis
  }

  async read(): Promise<Reading> {
    const { rows } = await this.#postgres.query<{ wal: string; pids: number[] }>(`
      select pg_current_wal_insert_lsn() - '0/0' as wal, array_agg(pid) as pids from pg_stat_activity`)
    const info = await this.#redis.info()
    const said = (name: string) => Number(new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1])
    return {
      walBytes: Number(rows[0]!.wal),
      redisBytes: said('used_memory'),
      postgresUs: cpuOfPostgres(rows[0]!.pids),
      redisUs: (said('used_cpu_user') + said('used_cpu_sys')) * 1_000_000,
    }
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
    await this.#postgres.end()
  }
}

/** The server's process keeps the account of those that have ended. */
function cpuOfPostgres(pids: number[]): number {
  const running = pids.map(statOf)
  const server = statOf(running[0]!.parent)
  return running.reduce((sum, { us }) => sum + us, server.us + server.endedUs)
}

/** CPU that a process has taken so far, in µs; NaN where there is no such process, or this is no Linux. */
export function cpuOf(pid: number): number {
  return statOf(pid).us
}

function statOf(pid: number): { parent: number; us: number; endedUs: number } {
  try {
    // The name, which may hold anything, ends with the last bracket.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ').map(Number)
    const [, parent = NaN] = fields
    const [user = NaN, system = NaN, endedUser = NaN, endedSystem = NaN] = fields.slice(11)
    return { parent, us: (user + system) * US_PER_TICK, endedUs: (endedUser + endedSystem) * US_PER_TICK }
  } catch {
    return { parent: NaN, us: NaN, endedUs: NaN }
  }
}
