import { Redis } from 'ioredis'
import pg from 'pg'
import { statOf } from './cpu.ts'
import type { Servers } from './servers.ts'

/** So far, since the servers were started. */
export interface Reading {
  walBytes: number
  redisBytes: number
  /** CPU; NaN where the server is not on this machine, or this is no Linux. */
  postgresUs: number
  redisUs: number
}

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
    return {
      walBytes: Number(rows[0]!.wal),
      redisBytes: numberIn(info, 'used_memory'),
      postgresUs: cpuOfPostgres(rows[0]!.pids),
      redisUs: cpuOfRedis(info),
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

/** @param info what INFO answers. @returns µs of CPU since the server was started */
export function cpuOfRedis(info: string): number {
  return (numberIn(info, 'used_cpu_user') + numberIn(info, 'used_cpu_sys')) * 1_000_000
}

function numberIn(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1])
}
