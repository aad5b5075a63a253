import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@carillon/client'
import { fakeProvider, type FakeProvider, waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addressOf, carillon, usedFolder } from '../services/carillon.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { freshRedis, hasRedis } from '../services/fresh-redis.ts'

const slow = 180_000
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'

/** What a collector gets; see the OTLP specification. */
interface Export {
  resourceSpans: {
    resource: { attributes: Attribute[] }
    scopeSpans: { spans: RawSpan[] }[]
  }[]
}

interface Attribute {
  key: string
  value: { stringValue?: string; intValue?: number | string }
}

interface RawSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes: Attribute[]
  links?: { traceId: string; spanId: string }[]
}

interface SeenSpan extends Omit<RawSpan, 'attributes'> {
  service: unknown
  attributes: Record<string, unknown>
}

function seen(collector: FakeProvider): SeenSpan[] {
  return collector.requests.flatMap(({ body }) =>
    (JSON.parse(body) as Export).resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map((span) => ({
          ...span,
          service: valuesOf(resource.attributes)['service.name'],
          attributes: valuesOf(span.attributes),
        })),
      ),
    ),
  )
}

function valuesOf(attributes: Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]))
}

/** Asks to be called once more, and answers several at once where it is asked to. */
const plugins = {
  'ring.mjs': `export default { name: 'ring', async send({ attempt }) { if (attempt === 1) return 0.01 } }`,
  'many.mjs': `export default {
    name: 'many',
    async send() {},
    async sendBatch(pushes) { return pushes.map(() => undefined) },
  }`,
}

async function collecting() {
  const [collector, folder] = [await fakeProvider(), await usedFolder()]
  onTestFinished(() => collector.close())
  for (const [name, text] of Object.entries(plugins)) await writeFile(join(folder, name), text)
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '20',
    SENDERS: './ring.mjs,./many.mjs',
  }
  return { collector, folder, env }
}

async function call(url: string, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: new URLSearchParams(fields) })
  expect(response.status).toBe(200)
}

/** Each span's name under its parent's. */
function tree(spans: SeenSpan[]): Record<string, string | undefined> {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]))
  return Object.fromEntries(
    spans.map(({ name, parentSpanId, attributes }) => [
      [name, attributes['carillon.attempt']].filter(Boolean).join(' '),
      parentSpanId && (names.get(parentSpanId) ?? parentSpanId),
    ]),
  )
}

describe('a trace', () => {
  it(
    'leads from the caller over the API and the job to the call of the provider, each try',
    async () => {
      const { collector, folder, env } = await collecting()
      const url = await addressOf(await carillon(['start', '--port', '0'], env, folder))
      await call(url, '/pusher/pushers/', { pusher: 'lupino', email: 'lupino@example.com' })
      await call(url, '/pusher/ring/add', { pusher: 'lupino' })
      const fields = { pusher: 'lupino', data: 'the text of the message' }
      await call(url, '/pusher/ring/push', fields, { traceparent: `00-${TRACE}-${CALLER}-01` })
      const ofTrace = () => seen(collector).filter(({ traceId }) => traceId === TRACE)
      await waitFor(() => ofTrace().length === 6, { timeout: 30_000 })
      expect(tree(ofTrace())).toEqual({
        'POST /pusher/{sender}/push': CALLER,
        'accept ring': 'POST /pusher/{sender}/push',
        'deliver ring 1': 'accept ring',
        'deliver ring 2': 'accept ring',
        'send ring': 'deliver ring',
      })
      const pushes = ofTrace().flatMap(({ attributes }) => attributes['carillon.push'] ?? [])
      expect(pushes).toHaveLength(3)
      expect(new Set(pushes).size).toBe(1)
      const outcomes = ofTrace().flatMap(({ attributes }) => attributes['carillon.outcome'] ?? [])
      expect(outcomes).toEqual(['later', 'sent'])
      expect(collector.requests.map(({ body }) => body).join()).not.toMatch(/lupino|the text of the message/)
    },
    slow,
  )

  it(
    'links one call of the provider to all the pushes in it',
    async () => {
      const { collector, folder, env } = await collecting()
      const url = await addressOf(await carillon(['start', '--port', '0'], env, folder))
      await call(url, '/pusher/pushers/', { pusher: 'lupino' })
      await call(url, '/pusher/many/add', { pusher: 'lupino' })
      const pushes = Array.from({ length: 5 }, (_, index) => ({
        sender: 'many',
        pusher: 'lupino',
        data: String(index),
      }))
      await fetch(`${url}/v1/push`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ pushes }),
      })
      const named = (name: string) => seen(collector).filter((span) => span.name === name)
      const linked = () =>
        new Set(
          named('send many').flatMap(({ parentSpanId, links = [] }) => [
            parentSpanId!,
            ...links.map(({ spanId }) => spanId),
          ]),
        )
      await waitFor(() => named('deliver many').length === 5 && linked().size === 5, { timeout: 30_000 })
      expect(linked()).toEqual(new Set(named('deliver many').map(({ spanId }) => spanId)))
      expect(named('send many').length).toBeLessThan(5)
    },
    slow,
  )

  it.skipIf(!hasPostgres || !hasRedis)(
    'goes on in another process',
    async () => {
      const { collector, folder, env } = await collecting()
      const [database, redis] = [await freshDatabase(), await freshRedis()]
      onTestFinished(async () => {
        await database.drop()
        await redis.drop()
      })
      const servers = { DATABASE_URL: database.url, REDIS_URL: redis.url, QUEUE_PREFIX: redis.prefix }
      const all = { ...env, ...servers, APP_KEY: 'demo', APP_SECRET: 's3cret-of-the-demo' }
      const url = await addressOf(await carillon(['api', '--port', '0'], all, folder))
      await (await carillon(['worker'], all, folder)).says(/The worker is running/)
      const client = createClient({ url, key: 'demo', secret: 's3cret-of-the-demo' })
      onTestFinished(() => client.close())
      await client.addPusher('lupino', {})
      await client.addSender('many', 'lupino')
      await client.push('many', 'lupino', 'ding')
      const sent = await waitFor(() => seen(collector).find(({ name }) => name === 'send many'), { timeout: 30_000 })
      const ofTrace = () => seen(collector).filter(({ traceId }) => traceId === sent.traceId)
      await waitFor(() => ofTrace().length === 4, { timeout: 30_000 })
      expect(Object.fromEntries(ofTrace().map(({ name, service }) => [name, service]))).toEqual({
        'POST /pusher/{sender}/push': 'carillon-api',
        'accept many': 'carillon-api',
        'deliver many': 'carillon-worker',
        'send many': 'carillon-worker',
      })
    },
    slow,
  )
})
