import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CarillonClient, createClient } from '@carillon/client'
import { onTestFinished } from 'vitest'
import { type Carillon, carillon, emptyFolder } from '../services/carillon.ts'
import { freePort } from '../services/place.ts'

/** Tries that fail come back after a second, or the tests would wait for the backoff. */
const plugin = `
const fail = (message, after = 1) => Object.assign(new Error(message), { after })
export default {
  name: 'count',
  async send({ id, raw, attempt, signal }) {
    const ended = AbortSignal.any([signal, AbortSignal.timeout(Number(process.env.PROVIDER_TIMEOUT_MS))])
    const body = JSON.stringify({ id, raw, attempt })
    const answer = await fetch(process.env.PROVIDER, { method: 'POST', body, signal: ended })
      .catch((error) => { throw fail(error.message) })
    if (!answer.ok) throw fail('the provider answered ' + answer.status, Number(answer.headers.get('retry-after') ?? 1))
    const { later } = await answer.json().catch((error) => { throw fail(error.message) })
    return later
  },
}`

/** Sends of one worker that run at once. */
const CONCURRENCY = 10
/** With those whose outcomes are being recorded. */
export const IN_FLIGHT = 2 * CONCURRENCY

export interface FleetOptions {
  databaseUrl?: string
  redis?: { url: string; prefix: string }
  providerUrl: string
  /** How long the plugin waits for the provider; default 30 s. */
  timeoutMs?: number
}

/** The account and the password of the administrator. */
export const ADMIN = 'chaos'

export interface Member extends Carillon {
  url: string
  client: CarillonClient
}

/** Starts the product's processes, each as an operator would. */
export interface Fleet {
  worker(): Promise<Carillon>
  workers(count: number): Promise<Carillon[]>
  api(port?: number): Promise<Member>
  apis(count: number): Promise<Member[]>
  /** The embedded server, on the same data each time. */
  allInOne(port?: number): Promise<Member>
}

export async function fleet(options: FleetOptions): Promise<Fleet> {
  const folder = await emptyFolder()
  await writeFile(join(folder, 'count.mjs'), plugin)
  const env = environment(options)
  const run = (...args: string[]) => carillon(args, env, folder)

  const serve = async (role: string, port?: number): Promise<Member> => {
    const chosen = port ?? (await freePort())
    const started = await run(role, '--port', String(chosen))
    await started.says(/listens on/)
    const url = `http://127.0.0.1:${chosen}`
    const client = createClient({ url, key: env.APP_KEY!, secret: env.APP_SECRET! })
    onTestFinished(() => client.close())
    return { ...started, url, client }
  }
  const worker = async () => {
    const started = await run('worker')
    await started.says(/The worker is running/)
    return started
  }
  return {
    worker,
    workers: (count) => Promise.all(Array.from({ length: count }, worker)),
    api: (port) => serve('api', port),
    apis: (count) => Promise.all(Array.from({ length: count }, () => serve('api'))),
    allInOne: (port) => serve('start', port),
  }
}

function environment({ databaseUrl, redis, providerUrl, timeoutMs = 30_000 }: FleetOptions): Record<string, string> {
  return {
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
    ...(redis && { REDIS_URL: redis.url, QUEUE_PREFIX: redis.prefix }),
    APP_KEY: 'demo',
    APP_SECRET: 's3cret-of-the-demo',
    ADMIN_ACCOUNT: ADMIN,
    ADMIN_PASSWORD: ADMIN,
    SENDERS: './count.mjs',
    WORKER_CONCURRENCY: String(CONCURRENCY),
    RETRY_TIMES: '50',
    PROVIDER: providerUrl,
    PROVIDER_TIMEOUT_MS: String(timeoutMs),
  }
}
