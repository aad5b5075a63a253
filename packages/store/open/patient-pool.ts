import { setTimeout as pause } from 'node:timers/promises'
import { singleFlight } from '@carillon/async'
import type { Pool, PoolClient } from 'pg'
import { isShortOfConnections } from './faults.ts'

/** How long the server is spared between two attempts. */
const RETRY_MS = 100
/** How long a pool makes do with the connections that it has, before it asks for more. */
const MAKE_DO_MS = 1000

/**
 * Has a pool wait where the server, or a pooler in front of it, has no connection to give: until one of the pool's own
 * comes free, or where it has none, until the server has room. By itself a pool fails at once.
 * @param timeout milliseconds
 */
export function patient(pool: Pool, timeout: number): Pool {
  const connect: () => Promise<PoolClient> = pool.connect.bind(pool)
  const most = pool.options.max
  let open = 0
  let making: NodeJS.Timeout | undefined
  pool.on('connect', () => void open++)
  pool.on('remove', () => void open--)

  /** Those that wait now are given what is released. */
  function makeDo(): void {
    pool.options.max = Math.max(1, open)
    clearTimeout(making)
    making = setTimeout(() => (pool.options.max = most), MAKE_DO_MS).unref()
  }

  /** One tries for all. */
  const untilRoom = singleFlight(async () => {
    await pause(RETRY_MS)
    const first = await connect().catch((error: unknown) => {
      if (!isShortOfConnections(error)) throw error
    })
    first?.release()
  })

  return Object.assign(pool, {
    async connect(): Promise<PoolClient> {
      const end = performance.now() + timeout
      for (;;) {
        try {
          return await connect()
        } catch (error) {
          if (!isShortOfConnections(error) || performance.now() > end) throw error
          makeDo()
          if (open === 0) await untilRoom()
        }
      }
    },
  })
}
