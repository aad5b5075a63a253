import { Redis } from 'ioredis'
import { type Server, startServer } from './guarded.ts'
import { findDocker } from './machine.ts'
import { freePort, serverFolder } from './place.ts'
import { redis } from './programs.ts'
import type { Service } from './service.ts'

const image = 'redis:8-alpine'

/** `program` is set where a test may start and kill a server of its own. */
export interface RedisService extends Service {
  program?: string
}

export async function findRedis(): Promise<RedisService | undefined> {
  const url = process.env.REDIS_URL
  if (url) return givenRedis(url)
  const program = redis.find()
  if (program) return { ...(await startRedis(program)), program }
  const docker = findDocker()
  return docker ? startContainer(docker) : undefined
}

async function givenRedis(url: string): Promise<Service> {
  if (await answers(url)) return { url, stop: async () => {} }
  throw new Error('The Redis of REDIS_URL does not answer.')
}

/** A private server: nothing on disk, reachable from this machine only. */
export async function startRedis(
  program: string,
  port?: number,
  more: string[] = [],
): Promise<Server & { url: string; port: number }> {
  const chosen = port ?? (await freePort())
  const url = `redis://127.0.0.1:${chosen}`
  const server = await startServer({
    name: 'redis-server',
    command: program,
    args: ['--port', String(chosen), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...more],
    folder: serverFolder('redis'),
    stopSignal: 'TERM',
    ready: () => answers(url),
  })
  return { ...server, url, port: chosen }
}

async function startContainer(docker: string): Promise<Service> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const server = await startServer({
    name: `Docker image ${image}`,
    command: docker,
    args: ['run', '--rm', '-p', `127.0.0.1:${port}:6379`, image, 'redis-server', '--save', '', '--appendonly', 'no'],
    folder: serverFolder('redis'),
    stopSignal: 'TERM',
    ready: () => answers(url),
    // It may have to be downloaded first.
    timeout: 180_000,
  })
  return { ...server, url }
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5000 })
  // Without a listener ioredis prints every refused connection; the rejection below says enough.
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}
