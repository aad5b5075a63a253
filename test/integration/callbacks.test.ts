import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Callback } from '@carillon/contract'
import { guardedOutbound } from '@carillon/outgoing'
import { waitFor } from '@carillon/testkit'
import type { Services } from 'carillon'
import { expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { work } from './bells.ts'

interface Call {
  headers: IncomingMessage['headers']
  body: string
}

/** A server that gives the set answers; undefined: never answers. */
async function serve(answer: (calls: number) => number | undefined) {
  const calls: Call[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      calls.push({ headers: request.headers, body })
      const status = answer(calls.length)
      if (status !== undefined) response.writeHead(status, { location: '/elsewhere' }).end()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, calls }
}

onEveryBackend('callbacks', (current) => {
  const callback = (url: string, more: Partial<Callback> = {}): Callback => ({
    app: 1,
    url,
    headers: { 'Content-Type': 'application/json', 'X-Key': 'k' },
    body: '{"a":"☃"}',
    within: 300,
    ...more,
  })

  /** Stores calls, and has a worker make them until the test ends. */
  async function open(services: Services, allowPrivate = true) {
    await services.store.apps.ensureFirst({ id: 1, key: 'key', secret: 'secret' })
    const outbound = guardedOutbound({ allowPrivate })
    const worker = await work(services, [], { outbound })
    onTestFinished(async () => {
      await worker.stop()
      await outbound.close()
    })
    return services.core.callbacks
  }

  const left = async () => (await current().services.store.callbacks.pending(1)) > 0

  it('are made as they were given, once', async () => {
    const callbacks = await open(current().services)
    const { url, calls } = await serve(() => 204)
    await callbacks.post([callback(url), callback(url, { body: 'second' })])
    await waitFor(async () => !(await left()))
    expect(calls.map(({ body }) => body).toSorted()).toEqual(['second', '{"a":"☃"}'])
    expect(calls[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'x-key': 'k' })
  })

  it('are retried after an error, a redirect and a cut connection, until they are accepted', async () => {
    const callbacks = await open(current().services)
    const { url, calls } = await serve((count) => [500, 302, 200][count - 1])
    await callbacks.post([callback(url)])
    await waitFor(async () => !(await left()), { timeout: 10_000 })
    expect(calls.length).toBe(3)
  })

  it('are made by the sweeper when no wake-up announced them', async () => {
    const callbacks = await open(current().services)
    const { url, calls } = await serve(() => 200)
    await current().services.store.callbacks.add([callback(url)])
    await waitFor(() => calls.length === 1, { timeout: 10_000 })
    await callbacks.post([])
  })

  it('are given up when their time is over', async () => {
    const callbacks = await open(current().services)
    const { url, calls } = await serve(() => 500)
    await callbacks.post([callback(url, { within: 0.5 })])
    await waitFor(async () => !(await left()))
    expect(calls.length).toBe(1)
  })

  it('do not wait for an address that does not answer', { timeout: 60_000 }, async () => {
    const callbacks = await open(current().services)
    const [slow, quick] = [await serve(() => undefined), await serve(() => 200)]
    await callbacks.post(Array.from({ length: 15 }, () => callback(slow.url, { within: 1 })))
    await callbacks.post([callback(quick.url)])
    await waitFor(() => quick.calls.length === 1)
    expect(slow.calls.length).toBeLessThanOrEqual(10)
    await waitFor(async () => !(await left()), { timeout: 60_000 })
  })

  it('do not reach private addresses unless that is allowed', async () => {
    const callbacks = await open(current().services, false)
    const { url, calls } = await serve(() => 200)
    await callbacks.post([
      callback(url, { within: 0.1 }),
      callback(url.replace('127.0.0.1', 'localhost'), { within: 0.1 }),
    ])
    await waitFor(async () => !(await left()))
    expect(calls).toEqual([])
  })
})
