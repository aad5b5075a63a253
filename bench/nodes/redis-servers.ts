import { waitFor } from '@carillon/testkit'
import { Redis } from 'ioredis'
import { freePort } from '../../test/services/place.ts'
import { redis } from '../../test/services/programs.ts'
import { cpuOfRedis } from '../meter.ts'
import { startRedis } from '../../test/services/redis.ts'

/** Redis servers of the bench's own. */
export interface RedisServers {
  urls: string[]
  /** CPU of each so far. */
  cpuUs(): Promise<number[]>
  stop(): Promise<void>
}

const MASTERS = 3
const SLOTS = 16_384
const JOIN_MS = 30_000

/** @param settings of each server */
export async function startRedisServers(settings: readonly string[][]): Promise<RedisServers> {
  const program = redis.find()
  if (!program) throw new Error('Install redis-server.')
  const servers = await Promise.all(settings.map((some) => startRedis(program, undefined, some)))
  const clients = servers.map(({ url }) => new Redis(url))
  return {
    urls: servers.map(({ url }) => url),
    cpuUs: () => Promise.all(clients.map(async (client) => cpuOfRedis(await client.info('cpu')))),
    async stop() {
      for (const client of clients) client.disconnect()
      await Promise.all(servers.map(({ stop }) => stop()))
    },
  }
}

/** A Redis Cluster of masters alone. */
export async function startRedisCluster(): Promise<RedisServers> {
  // Else a port that the system may have given away
  const busPorts = await Promise.all(Array.from({ length: MASTERS }, freePort))
  const servers = await startRedisServers(
    busPorts.map((port) => ['--cluster-enabled', 'yes', '--cluster-port', String(port)]),
  )
  const clients = servers.urls.map((url) => new Redis(url))
  const first = (n: number) => Math.ceil((n * SLOTS) / MASTERS)
  await Promise.all(clients.map((client, n) => client.cluster('ADDSLOTSRANGE', first(n), first(n + 1) - 1)))
  for (const [n, url] of servers.urls.entries()) {
    if (n > 0) await clients[0]!.cluster('MEET', '127.0.0.1', new URL(url).port, busPorts[n]!)
  }
  const hasJoined = async (client: Redis) => (await client.cluster('INFO')).includes('cluster_state:ok')
  const haveJoined = async () => (await Promise.all(clients.map(hasJoined))).every(Boolean)
  await waitFor(haveJoined, { timeout: JOIN_MS, what: 'a cluster of Redis servers' })
  for (const client of clients) client.disconnect()
  return servers
}
