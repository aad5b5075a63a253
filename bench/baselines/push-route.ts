import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Message } from '../peers/queue.ts'
import { credentials } from '../push-requests.ts'

/**
 * Serves the route of a push with nothing but its signature. It answers once `store` has stored the message.
 * @returns its port
 */
export async function servePushRoute(store: (message: Message) => Promise<void>): Promise<number> {
  const app = new Hono()
  app.post('/pusher/:sender/push', async (c) => {
    const form = new URLSearchParams(await c.req.text())
    const timestamp = c.req.header('x-request-time') ?? ''
    if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 600) return c.json({ err: 'too old' }, 401)
    const signed = { ...Object.fromEntries(form), app_key: credentials.key, timestamp, path: c.req.path }
    if (!isSigned(signed, c.req.header('x-request-signature') ?? '')) return c.json({ err: 'signature' }, 401)
    const [pusher, data] = [form.get('pusher') ?? '', form.get('data') ?? '']
    const name = `${pusher}_${createHash('md5').update(data).digest('hex')}`
    await store({ name, pusher, data })
    return c.json({ result: 'OK', name })
  })
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function isSigned(parameters: Record<string, string>, signature: string): boolean {
  const text = Object.keys(parameters)
    .toSorted()
    .map((key) => `${key}${parameters[key]}`)
    .join('')
  const expected = createHmac('md5', credentials.secret).update(text).digest('hex').toUpperCase()
  return expected.length === signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature))
}
