import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { answering } from '../answering.ts'
import { credentials } from '../push-requests.ts'

/* The route of a Pusher event with nothing but what has to be checked: nobody hears of it. */

const app = new Hono()

app.post('/apps/:id/events', async (c) => {
  const query = c.req.query()
  if (query.auth_key !== credentials.key || query.auth_version !== '1.0') return c.text('unknown key', 401)
  if (Math.abs(Date.now() / 1000 - Number(query.auth_timestamp)) > 600) return c.text('too old', 401)
  if (!isSigned(c.req.path, query)) return c.text('signature', 401)
  const body = await c.req.text()
  if (createHash('md5').update(body).digest('hex') !== query.body_md5) return c.text('body_md5', 401)
  const { name, channel, data } = JSON.parse(body) as Record<string, unknown>
  if (![name, channel, data].every((value) => typeof value === 'string')) return c.text('malformed', 400)
  return c.json({})
})

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
await once(server, 'listening')

answering({ port: () => (server.address() as AddressInfo).port }, () => {})

function isSigned(path: string, { auth_signature: signature = '', ...signed }: Record<string, string>): boolean {
  const pairs = Object.keys(signed)
    .toSorted()
    .map((key) => `${key}=${signed[key]}`)
  const expected = createHmac('sha256', credentials.secret)
    .update(`POST\n${path}\n${pairs.join('&')}`)
    .digest('hex')
  return expected.length === signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature))
}
