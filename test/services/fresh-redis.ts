import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { inject } from 'vitest'
import { startRedis } from './redis.ts'

/** False: skip by name, `describe.skipIf(!hasRedis)(…)`. */
export const hasRedis = inject('redisUrl') !== undefined

/** False where the Redis is somebody else's, or a container: tests that kill it are skipped. */
export const canKillRedis = inject('redisProgram') !== undefined

export interface FreshRedis {
  url: string
  /** Put before every key and channel: the server may be shared, and pub/sub knows no databases. */
  prefix: string
  drop(): Promise<void>
}

export interface KillableRedis extends FreshRedis {
  /** SIGKILL; nothing was written to disk, so everything in it is lost. */
  kill(): Promise<void>
  /** An empty server on the same URL. */
  restart(): Promise<void>
}

/** A Redis that no other test sees: a server of its own where possible, else a prefix. */
export async function freshRedis(): Promise<FreshRedis> {
  if (canKillRedis) return killableRedis()
  const url = inject('redisUrl')
  if (!url) throw new Error('This test needs Redis: guard it with describe.skipIf(!hasRedis).')
  const prefix = newPrefix()
  return { url, prefix, drop: () => removeKeys(url, prefix) }
}

/** A server of this test's own, which it may kill and start again. */
export async function killableRedis(): Promise<KillableRedis> {
  const program = inject('redisProgram')
  if (!program) throw new Error('This test kills its Redis: guard it with describe.skipIf(!canKillRedis).')
  let server = await startRedis(program)
  const { url, port } = server
  return {
    url,
    prefix: newPrefix(),
    drop: () => server.stop(),
    kill: () => server.kill(),
    async restart() {
      await server.stop()
      server = await startRedis(program, port)
    },
  }
}

function newPrefix() {
  return `test${randomBytes(6).toString('hex')}`
}

async function removeKeys(url: string, prefix: string) {
  const redis = new Redis(url)
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1000 })) {
      if (keys.length > 0) await redis.unlink(...keys)
    }
  } finally {
    redis.disconnect()
  }
}
