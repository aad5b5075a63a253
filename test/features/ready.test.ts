import { waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { blackHole } from '../chaos/black-hole.ts'
import { addressOf, type Carillon, carillon } from '../services/carillon.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { canKillRedis, killableRedis } from '../services/fresh-redis.ts'

const slow = 180_000

/** An API and a worker that may lose their Redis, or the way to their Postgres. */
async function start() {
  const [database, redis] = [await freshDatabase(), await killableRedis()]
  onTestFinished(async () => {
    await database.drop()
    await redis.drop()
  })
  const way = await blackHole(database.url)
  const env = { DATABASE_URL: way.url, REDIS_URL: redis.url, QUEUE_PREFIX: redis.prefix, APP_KEY: 'k', APP_SECRET: 's' }
  const processes = [
    await carillon(['api', '--port', '0'], env),
    await carillon(['worker', '--metrics-port', '0'], env),
  ]
  return { redis, way, processes, roles: await Promise.all(processes.map(addressOf)) }
}

/** Each role's answer. */
async function readiness(roles: string[]): Promise<{ status: number; err: string | undefined }[]> {
  return Promise.all(
    roles.map(async (url) => {
      const response = await fetch(`${url}/readyz`)
      return { status: response.status, err: ((await response.json()) as { err?: string }).err }
    }),
  )
}

function untilAll(roles: string[], wanted: { status: number; err: string | undefined }) {
  const all = async () =>
    (await readiness(roles)).every(({ status, err }) => status === wanted.status && err === wanted.err)
  return waitFor(all, { timeout: 60_000, what: `all of ${roles.join(' and ')} to be ${JSON.stringify(wanted)}` })
}

const ready = { status: 200, err: undefined }

/** Each process logs it, with the seconds of the outage, and once. */
async function untilAllSay(processes: Carillon[], message: string) {
  const line = new RegExp(`"seconds":[0-9.]+.*"${message}"`)
  await Promise.all(processes.map(({ says }) => says(line)))
  for (const { said } of processes) expect(said().split(message)).toHaveLength(2)
}

describe.skipIf(!hasPostgres || !canKillRedis)('/readyz of an API and of a worker', () => {
  it(
    'is false while Redis is away, and true again by itself',
    async () => {
      const { redis, processes, roles } = await start()
      await untilAll(roles, ready)
      await redis.kill()
      await untilAll(roles, { status: 503, err: 'Redis cannot be reached.' })
      await redis.restart()
      await untilAll(roles, ready)
      await untilAllSay(processes, 'Redis can be used again')
    },
    slow,
  )

  it(
    'is false while the database answers nothing, and true again by itself',
    async () => {
      const { way, processes, roles } = await start()
      await untilAll(roles, ready)
      way.swallow()
      await untilAll(roles, { status: 503, err: 'The database cannot be reached.' })
      for (const url of roles) expect((await fetch(`${url}/healthz`)).status).toBe(200)
      const metrics = await Promise.all(roles.map(async (url) => (await fetch(`${url}/metrics`)).text()))
      way.heal()
      await untilAll(roles, ready)
      await untilAllSay(processes, 'Postgres can be used again')
      for (const text of metrics) expect(text).toContain('carillon_batch_size')
    },
    slow,
  )
})
