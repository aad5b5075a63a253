import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@carillon/client'
import { fakeProvider, waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addressOf, type Carillon, carillon, emptyFolder } from '../services/carillon.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { freshRedis, hasRedis } from '../services/fresh-redis.ts'
import { hasPgBouncer, pooled } from '../services/pgbouncer.ts'

const slow = 120_000

/** Rings a provider that counts, one call a push. */
const plugin = `const strayed = Promise.withResolvers()
export default {
  name: 'count',
  async send({ id, pusher, signal, raw, attempt }) {
    if (raw === 'stray' && attempt === 1) return new Promise(() => setTimeout(() => {
      setTimeout(strayed.resolve, 500)
      throw new Error('stray')
    }))
    const answer = await fetch(process.env.PROVIDER, { method: 'POST', body: JSON.stringify({ id, pusher: pusher.id }), signal })
    if (raw === 'slow' && attempt === 1) await strayed.promise
    if (!answer.ok) throw new Error('the provider answered ' + answer.status)
  },
}`

/** @param way where the roles find the database; default: straight there. */
async function compose(way = async (databaseUrl: string) => databaseUrl) {
  const [database, redis, provider, folder] = [
    await freshDatabase(),
    await freshRedis(),
    await fakeProvider(),
    await emptyFolder(),
  ]
  onTestFinished(async () => {
    await provider.close()
    await database.drop()
    await redis.drop()
  })
  await writeFile(join(folder, 'count.mjs'), plugin)
  const env = {
    DATABASE_URL: await way(database.url),
    REDIS_URL: redis.url,
    QUEUE_PREFIX: redis.prefix,
    APP_KEY: 'demo',
    APP_SECRET: 's3cret-of-the-demo',
    PROVIDER: provider.url,
  }
  const run = (...args: string[]) => carillon(args, env, folder)
  const worker = async () => {
    const started = await run('worker', '--sender', './count.mjs')
    await started.says(/The worker is running/)
    return started
  }
  return { run, worker, provider, env }
}

async function clientOf(api: Carillon) {
  const client = createClient({ url: await addressOf(api), key: 'demo', secret: 's3cret-of-the-demo' })
  onTestFinished(() => client.close())
  return client
}

describe.skipIf(!hasPostgres || !hasRedis)('roles in processes of their own', () => {
  it(
    'a worker whose plugin throws what nothing catches names it, finishes what it is sending, and ends with an error',
    async () => {
      const { run, worker, provider } = await compose()
      const client = await clientOf(await run('api', '--port', '0'))
      await client.addPusher('lupino')
      const one = await worker()
      await client.push('count', 'lupino', 'slow', { force: true })
      await waitFor(() => provider.requests.length === 1)
      await client.push('count', 'lupino', 'stray', { force: true })
      await one.says(/"sender":"count".*uncaught error/)
      expect(await one.exit()).toBe(1)
      expect(await client.getPushes({ sender: 'count', state: 'sent' })).toHaveLength(1)
      await worker()
      await waitFor(async () => (await client.getPushes({ sender: 'count', state: 'sent' })).length === 2, {
        timeout: 30_000,
      })
    },
    slow,
  )

  it(
    'an API that does not load a plugin of a worker says that its data is not checked, and without a key that it is open',
    async () => {
      const { worker, env } = await compose()
      await worker()
      const api = await carillon(['api', '--port', '0'], { ...env, APP_KEY: '', APP_SECRET: '' })
      await api.says(/Open mode: no APP_KEY is configured, so no signature is required/)
      await api.says(/A worker runs the sender count, which is not loaded here.*SENDERS/)
      await api.says(/The data of sendmail, sendsms, .* is checked when it is pushed/)
    },
    slow,
  )

  it(
    'accept in one and send in two others, each push once',
    async () => {
      const { run, worker, provider } = await compose()
      const api = await run('api', '--port', '0')
      const client = await clientOf(api)
      await Promise.all([worker(), worker()])
      const ids = Array.from({ length: 60 }, (_, index) => `p${index}`)
      for (const id of ids) {
        await client.addPusher(id, {})
        await client.addSender('count', id)
      }
      await Promise.all(ids.map((id) => client.push('count', id, '{}')))
      await waitFor(() => provider.requests.length >= 60, { timeout: 30_000 })
      expect(provider.requests.map(({ body }) => (JSON.parse(body) as { pusher: string }).pusher).toSorted()).toEqual(
        ids.toSorted(),
      )
      expect(await client.getSenders()).toEqual(
        expect.arrayContaining([expect.objectContaining({ name: 'count', workers: 2, waiting: 0 })]),
      )
    },
    slow,
  )

  it.skipIf(!hasPgBouncer)(
    'work behind PgBouncer that gives each transaction another connection',
    async () => {
      const { run, worker, provider } = await compose(pooled)
      const started = async () => clientOf(await run('api', '--port', '0'))
      const [client] = await Promise.all([started(), started(), worker(), worker()])
      await Promise.all([started(), started()]) // once all is migrated, too
      const ids = Array.from({ length: 60 }, (_, index) => `p${index}`)
      await Promise.all(ids.map((id) => client.addPusher(id, {})))
      await Promise.all(ids.map((id) => client.addSender('count', id)))
      await Promise.all(ids.map((id) => client.push('count', id, '{}')))
      await waitFor(() => provider.requests.length >= 60, { timeout: 30_000 })
      await client.pushAll('count', '{}')
      await waitFor(() => provider.requests.length >= 120, { timeout: 30_000 })
      const rung = Map.groupBy(provider.requests, ({ body }) => (JSON.parse(body) as { pusher: string }).pusher)
      expect([...rung.values()].map(({ length }) => length)).toEqual(ids.map(() => 2))
      expect(await client.searchPusher('p7')).toMatchObject({ total: 1 })
    },
    slow,
  )

  it(
    'lose nothing when a worker stops or is killed',
    async () => {
      const { run, worker, provider } = await compose()
      const client = await clientOf(await run('api', '--port', '0'))
      await client.addPusher('lupino', {})
      await client.addSender('count', 'lupino')
      const [first, second] = await Promise.all([worker(), worker()])
      await Promise.all(Array.from({ length: 100 }, (_, index) => client.push('count', 'lupino', String(index))))
      const stopped = first.stop('SIGTERM')
      await second.stop('SIGKILL')
      expect(await stopped).toBe(0)
      await worker()
      const sent = () => new Set(provider.requests.map(({ body }) => (JSON.parse(body) as { id: string }).id)).size
      await waitFor(() => sent() === 100, { timeout: 60_000 })
    },
    slow,
  )

  it(
    'refuse what is not signed',
    async () => {
      const { run } = await compose()
      const url = await addressOf(await run('api', '--port', '0'))
      const response = await fetch(`${url}/pusher/pushers/`)
      expect([response.status, await response.json()]).toEqual([
        401,
        { err: 'Invalid X-App-Key', code: 'invalid_app_key' },
      ])
    },
    slow,
  )

  it(
    'wait, visibly, for a sender whose provider is not configured',
    async () => {
      const { run, worker } = await compose()
      const client = await clientOf(await run('api', '--port', '0'))
      const started = await worker()
      expect(started.said()).toContain('SENDGRID_API_KEY')
      await client.addPusher('lupino', { email: 'lupino@example.com' })
      await client.addSender('sendmail', 'lupino')
      await client.push('sendmail', 'lupino', '{"subject":"s","text":"t"}')
      expect(await client.getSenders()).toEqual(
        expect.arrayContaining([expect.objectContaining({ name: 'sendmail', workers: 0, waiting: 1 })]),
      )
    },
    slow,
  )

  it('refuse to run only a sender that is not there', async () => {
    const { run } = await compose()
    const started = await run('worker', '--sender', './count.mjs', '--only', 'sendmail,cuont')
    expect(await started.exit()).toBe(1)
    expect(started.said()).toMatch(/^--only: there is no sender cuont, but sendmail, .*count\.$/m)
  })

  it('say what is missing when they are started alone', async () => {
    for (const role of ['api', 'worker']) {
      const started = await carillon([role], { APP_KEY: 'k', APP_SECRET: 's' })
      expect(await started.exit()).toBe(1)
      expect(started.said()).toMatch(/DATABASE_URL and REDIS_URL/)
    }
  })
})
