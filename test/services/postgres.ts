import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type Identity, startServer } from './guarded.ts'
import { findDocker } from './machine.ts'
import { freePort, serverFolder } from './place.ts'
import { postgres } from './programs.ts'
import type { Service } from './service.ts'
import { unprivileged } from './unprivileged.ts'

const image = 'postgres:18-alpine'

const settings = ['max_connections=200']
/** Nothing of a test survives a power cut, and nothing has to: it makes them several times faster. */
const forgetful = ['fsync=off', 'full_page_writes=off']

/** `program` is set where a test may start and restart a server of its own. */
export interface PostgresService extends Service {
  /** Path of initdb; the server is beside it. */
  program?: string
}

export interface PostgresOptions {
  /** As Postgres is by default: what is committed survives a power cut. */
  durable?: boolean
}

export async function findPostgres({ durable = false }: PostgresOptions = {}): Promise<PostgresService | undefined> {
  const url = process.env.TEST_DATABASE_URL
  if (url) return givenPostgres(url)
  const initdb = postgres.find()
  if (initdb) return { ...(await startPostgres(initdb, durable)), program: initdb }
  const docker = findDocker()
  return docker ? startContainer(docker, durable) : undefined
}

async function givenPostgres(url: string): Promise<Service> {
  await query(url).catch((cause: unknown) => {
    throw new Error('The Postgres of TEST_DATABASE_URL does not answer.', { cause })
  })
  return { url, stop: async () => {} }
}

async function startPostgres(initdb: string, durable: boolean): Promise<Service> {
  const identity = unprivileged('Postgres')
  const folder = serverFolder('postgres', identity)
  const data = createCluster(initdb, folder, identity)
  return run({ initdb, data, folder, port: await freePort(), identity, durable })
}

/** A server of its own whose data survive a restart. */
export interface PostgresOn {
  url: string
  /** Folder of its data and its settings. */
  data: string
  /** Stops as an operator's restart does, cutting all connections, and starts again on the same URL. */
  restart(): Promise<void>
  drop(): Promise<void>
}

export async function postgresOn(initdb: string): Promise<PostgresOn> {
  const identity = unprivileged('Postgres')
  // The folder of a server goes when it ends; the data have to stay.
  const home = serverFolder('postgres-data', identity)
  const data = createCluster(initdb, home, identity)
  const port = await freePort()
  const start = () => run({ initdb, data, folder: serverFolder('postgres', identity), port, identity, durable: false })
  let server = await start()
  return {
    url: server.url,
    data,
    async restart() {
      await server.stop()
      server = await start()
    },
    async drop() {
      await server.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function createCluster(initdb: string, folder: string, identity: Identity): string {
  const data = join(folder, 'data')
  execFileSync(initdb, ['-D', data, '-U', 'carillon', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    ...identity,
  })
  return data
}

interface Start {
  initdb: string
  /** Folder of the cluster. */
  data: string
  /** Where the server runs; goes when it ends. */
  folder: string
  port: number
  identity: Identity
  durable: boolean
}

async function run({ initdb, data, folder, port, identity, durable }: Start): Promise<Service> {
  const url = `postgres://carillon@127.0.0.1:${port}/postgres`
  const server = await startServer({
    name: 'postgres',
    command: join(initdb, '..', 'postgres'),
    args: [
      '-D',
      data,
      '-p',
      String(port),
      ...options(durable, 'listen_addresses=127.0.0.1', 'unix_socket_directories='),
    ],
    folder,
    // "Fast": does not wait for connections that a test left open.
    stopSignal: 'INT',
    identity,
    ready: () => query(url),
  })
  return { ...server, url }
}

async function startContainer(docker: string, durable: boolean): Promise<Service> {
  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const server = await startServer({
    name: `Docker image ${image}`,
    command: docker,
    args: [
      'run',
      '--rm',
      '-e',
      'POSTGRES_HOST_AUTH_METHOD=trust',
      '-p',
      `127.0.0.1:${port}:5432`,
      image,
      ...options(durable),
    ],
    folder: serverFolder('postgres'),
    stopSignal: 'INT',
    ready: () => query(url),
    // It may have to be downloaded first.
    timeout: 180_000,
  })
  return { ...server, url }
}

function options(durable: boolean, ...more: string[]) {
  return [...settings, ...(durable ? [] : forgetful), ...more].flatMap((setting) => ['-c', setting])
}

async function query(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  // A server that stops while this connects must not become an unhandled error.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } finally {
    await client.end()
  }
}
