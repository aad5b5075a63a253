import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@carillon/client'
import { fakeProvider, waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addressOf, type Carillon, carillon, emptyFolder, usedFolder } from '../services/carillon.ts'
import { certificate } from '../services/certificates.ts'
import { freshDatabase, hasPostgres, query } from '../services/database.ts'
import { freshRedis, hasRedis } from '../services/fresh-redis.ts'
import { apnsSettings, serviceAccount } from '../services/push-credentials.ts'
import { fakeApns, fakeFcm, fcmError, type Script } from '../services/push-providers.ts'

const slow = 120_000
const patient = { timeout: 90_000 }

/** FCM and APNs with certificates that are only trusted by what runs with the settings. */
async function services({ fcm = {}, apns = {} }: { fcm?: Script; apns?: Script } = {}) {
  const folder = await emptyFolder()
  const authority = await certificate({ host: 'IP:127.0.0.1' })
  await writeFile(join(folder, 'ca.pem'), authority.cert)
  await writeFile(join(folder, 'account.json'), JSON.stringify(serviceAccount().json))
  const [phones, iphones, google] = [
    await fakeFcm(fcm, authority),
    await fakeApns(apns, authority),
    await fakeProvider({ body: { access_token: 'ya29.token', expires_in: 3599 } }),
  ]
  onTestFinished(() => google.close())
  const env = {
    ...apnsSettings(iphones.url),
    FCM_CREDENTIALS: join(folder, 'account.json'),
    FCM_BASE_URL: phones.url,
    FCM_TOKEN_URL: `${google.url}/token`,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
  }
  return { phones, iphones, env }
}

const credentials = { key: 'demo', secret: 's3cret-of-the-demo' }

async function clientOf(server: Carillon, options = {}) {
  const url = await addressOf(server)
  const client = createClient({ url, ...options })
  onTestFinished(() => client.close())
  return { client, url }
}

/** As APNs has them: 64 digits of hexadecimal numbers. */
const token = (name: string) => Buffer.from(name.padEnd(32, name)).toString('hex')

it(
  'a push reaches all phones of a pusher, tries one again alone, and forgets one that is gone',
  { timeout: slow },
  async () => {
    const soon = { 'retry-after': '1' }
    const busy = { status: 503, headers: soon, body: { reason: 'ServiceUnavailable' } }
    const tokens = { good: `1:${token('good')}`, gone: `1:${token('gone')}`, busy: token('busy') }
    const gone = fcmError(404, 'NOT_FOUND', { errorCode: 'UNREGISTERED' })
    const { phones, iphones, env } = await services({
      fcm: { [tokens.gone]: [gone] },
      apns: { [tokens.busy]: [busy, busy, { headers: { 'apns-id': 'at-last' } }] },
    })
    const server = await carillon(['start', '--port', '0'], env, await usedFolder())
    const { client, url } = await clientOf(server)
    await client.addPusher('lupino', { nickname: 'Lupino' })
    await client.addSender('sendpush', 'lupino')
    const register = async (kind: string, value: string) => {
      const body = new URLSearchParams({ kind, token: value })
      expect((await fetch(`${url}/v1/pushers/lupino/addresses`, { method: 'PUT', body })).status).toBe(200)
    }
    await register('fcm', tokens.good)
    await register('fcm', tokens.gone)
    await register('apns', tokens.busy)

    await client.push('sendpush', 'lupino', { title: 'Hello {{ pusher.nickname }}' })
    const sent = async () => (await client.getPushes({ sender: 'sendpush', state: 'sent' }))[0]
    const { id } = await waitFor(sent, patient)
    expect([phones.callsTo(tokens.good).length, phones.callsTo(tokens.gone).length]).toEqual([1, 1])
    expect(iphones.callsTo(tokens.busy)).toHaveLength(3)
    expect(new Set(iphones.callsTo(tokens.busy).map(({ headers }) => headers['apns-collapse-id']))).toEqual(
      new Set([id]),
    )

    const shown = await (await fetch(`${url}/v1/pushers/lupino/addresses`)).text()
    expect(shown).not.toContain(`…${tokens.gone.slice(-6)}`)
    const push = await (await fetch(`${url}/v1/pushes/${id}`)).text()
    for (const outcome of ['sent', 'removed', 'failed']) expect(push).toContain(`"outcome":"${outcome}"`)
    expect(push).toContain('FCM answered 404 UNREGISTERED, so the address was removed')
    expect(push).toContain('"messageId":"at-last"')
    for (const text of [shown, push, server.said()])
      for (const secret of Object.values(tokens)) expect(text).not.toContain(secret.slice(0, -10))
  },
)

describe.skipIf(!hasPostgres || !hasRedis)('a broadcast to phones', () => {
  const PUSHERS = 2000
  const CONCURRENCY = 20

  it(
    'survives a worker that is killed in the middle, and repeats no more than what it was sending',
    { timeout: 240_000 },
    async () => {
      const { phones, iphones, env } = await services()
      for (const service of [phones, iphones]) {
        const { reply } = service
        service.reply = async (call) => {
          await new Promise((resolve) => setTimeout(resolve, 20)) // or no send is ever under way
          return reply(call)
        }
      }
      const [database, redis] = [await freshDatabase(), await freshRedis()]
      onTestFinished(async () => {
        await database.drop()
        await redis.drop()
      })
      const all = {
        ...env,
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        QUEUE_PREFIX: redis.prefix,
        APP_KEY: credentials.key,
        APP_SECRET: credentials.secret,
        WORKER_CONCURRENCY: String(CONCURRENCY),
      }
      const folder = await emptyFolder()
      const worker = async () => {
        const started = await carillon(['worker', '--only', 'sendpush'], all, folder)
        await started.says(/The worker is running/)
        return started
      }
      const api = await carillon(['api', '--port', '0'], all, folder)
      const { client } = await clientOf(api, credentials)
      await query(
        database.url,
        `insert into carillon.pushers (app_id, id, created_at, senders)
        select 1, 'p' || n, 0, array['sendpush'] from generate_series(1, ${PUSHERS}) as n`,
        `insert into carillon.addresses (app_id, pusher, kind, token, token_hash)
        select 1, 'p' || n, kind, kind || device || '-of-p' || n, kind || device || '-of-p' || n
        from generate_series(1, ${PUSHERS}) as n, (values ('fcm', 1), ('apns', 1), ('apns', 2)) as d (kind, device)`,
      )
      const first = await worker()
      const name = await client.pushAll('sendpush', { title: 'Hello' })
      await waitFor(() => iphones.calls.length > 500, patient)
      await first.stop('SIGKILL')
      const atKill = iphones.calls.length
      await worker()
      await waitFor(async () => (await client.getBroadcast(name))?.state === 'done', { timeout: 200_000 })

      expect(atKill).toBeLessThan(2 * PUSHERS)
      const collapses = new Map<string, string[]>()
      const add = (at: string, collapse: string) => collapses.set(at, [...(collapses.get(at) ?? []), collapse])
      for (const { path, headers } of iphones.calls) add(path, String(headers['apns-collapse-id']))
      for (const { body } of phones.calls) {
        const { message } = JSON.parse(body) as {
          message: { token: string; android: { notification: { tag: string } } }
        }
        add(message.token, message.android.notification.tag)
      }
      expect(collapses.size).toBe(3 * PUSHERS)
      const again = [...collapses.values()].filter((each) => each.length > 1)
      for (const each of again) expect(new Set(each).size).toBe(1)
      // What was under way, and what was answered but not yet recorded.
      expect(again.length).toBeLessThanOrEqual(3 * 2 * CONCURRENCY)
      expect(iphones.connections.most + phones.connections.most).toBeLessThanOrEqual(2 * 4)
    },
  )
})
