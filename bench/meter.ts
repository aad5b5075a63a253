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
      postgresUs: rows[0]!.pids.reduce((sum, pid) => sum + cpuOf(pid), 0),
      redisUs: (said('used_cpu_user') + said('used_cpu_sys')) * 1_000_000,
    }
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
    await this.#postgres.end()
  }
}

function cpuOf(pid: number): number {
  try {
    // The name, which may hold anything, ends with the last bracket; user and system time follow as 12th and 13th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
    return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK
  } catch {
    return NaN
  }
}
