import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { http2Client, type Http2ClientOptions } from '../../senders/push/http2/client.ts'
import type { Http2Answer, Http2Error } from '../../senders/push/http2/exchange.ts'
import { http2Server } from '../services/http2-server.ts'

async function stage(options: Http2ClientOptions = {}) {
  const server = await http2Server()
  const client = http2Client(server.url, options)
  onTestFinished(async () => {
    server.thaw()
    await server.close()
    await client.close()
  })
  const post = (path = '/', body = 'x') => client.post({ path, headers: { 'content-type': 'text/plain' }, body })
  return { server, client, post }
}

/** Sends many requests, at most `atOnce` at a time, as a worker does. */
async function postMany(post: (path: string) => Promise<Http2Answer>, count: number, atOnce: number): Promise<void> {
  const paths = Array.from({ length: count }, (_, index) => `/${index}`).values()
  const next = async () => {
    for (const path of paths) expect((await post(path)).status).toBe(200)
  }
  await Promise.all(Array.from({ length: atOnce }, next))
}

/** What is frozen shows nothing to wait for but the time. */
async function passed(milliseconds: number): Promise<void> {
  const begun = performance.now()
  await waitFor(() => performance.now() - begun > milliseconds)
}

async function failure(answer: Promise<Http2Answer>): Promise<Http2Error> {
  return answer.then(
    () => expect.fail('there was an answer'),
    (error: unknown) => error as Http2Error,
  )
}

it('posts the body and reads the answer', async () => {
  const { server, post } = await stage()
  server.reply = ({ body }) => ({ status: 410, headers: { 'apns-id': 'A' }, body: { got: body } })
  expect(await post('/3/device/a', 'täxt')).toMatchObject({
    status: 410,
    headers: { 'apns-id': 'A' },
    body: '{"got":"täxt"}',
  })
  expect(server.calls).toMatchObject([{ path: '/3/device/a', body: 'täxt', headers: { ':method': 'POST' } }])
})

it('keeps one connection while that is enough', async () => {
  const { server, post } = await stage()
  await postMany(post, 500, 100)
  expect(server.connections.opened).toBe(1)
})

it('opens four connections at most, and no more streams than the server allows', async () => {
  const { server, post } = await stage()
  server.allow(5)
  await postMany(post, 500, 100)
  expect(server.connections).toMatchObject({ opened: 4, most: 4 })
  expect(server.streams.most).toBeLessThanOrEqual(5)
  expect(server.calls).toHaveLength(500)
})

it('works through a limit that falls to one stream while requests are under way', async () => {
  const { server, post } = await stage({ connections: 1 })
  const done = postMany(post, 300, 50)
  await waitFor(() => server.calls.length > 50)
  server.allow(1)
  await done
  server.streams.most = 0
  await postMany(post, 20, 20)
  expect(server.streams.most).toBe(1)
  expect(new Set(server.calls.map(({ path }) => path)).size).toBe(300)
})

it('loses nothing and sends nothing twice when the server says GOAWAY again and again', async () => {
  const { server, post } = await stage()
  server.goAwayEvery = 1000
  await postMany(post, 10_000, 70) // not a divisor of 1,000, so that some are under way at each GOAWAY
  expect(server.calls).toHaveLength(10_000)
  expect(new Set(server.calls.map(({ path }) => path)).size).toBe(10_000)
  expect(server.connections.opened).toBeGreaterThanOrEqual(10)
  expect(server.connections.most).toBeLessThanOrEqual(4)
})

it('sends refused streams again', async () => {
  const { server, post } = await stage()
  let refusals = 3
  server.reply = () => (refusals-- > 0 ? { fault: 'refuse' } : {})
  expect(await post()).toMatchObject({ status: 200 })
  expect(server.calls).toHaveLength(1)
})

it('gives up a server that refuses every stream', async () => {
  const { server, post } = await stage()
  server.reply = () => ({ fault: 'refuse' })
  expect(await failure(post())).toMatchObject({ sent: 'no', code: 'REFUSED_STREAM' })
})

it('loses nothing and sends nothing twice when the server freezes and goes on', async () => {
  const { server, post } = await stage({ silence: 200, pong: 5000 })
  const done = postMany(post, 1000, 100)
  await waitFor(() => server.calls.length > 100)
  server.freeze()
  await passed(1000)
  server.thaw()
  await done
  expect(server.calls).toHaveLength(1000)
  expect(server.connections.most).toBeLessThanOrEqual(4)
})

it('gives up a session whose server stays silent, and connects anew', async () => {
  const { server, client, post } = await stage({ silence: 100, pong: 200, connections: 1 })
  await post()
  server.freeze()
  expect(await failure(post())).toMatchObject({ sent: 'maybe', code: 'ETIMEDOUT' })
  server.thaw()
  expect(await client.post({ path: '/again', headers: {}, body: '' })).toMatchObject({ status: 200 })
})

it('notices that an idle session is dead before a request is lost on it', async () => {
  const { server, post } = await stage({ idle: 100, pong: 200 })
  await post()
  server.freeze()
  await passed(600)
  server.thaw()
  await waitFor(() => server.connections.open === 0)
  expect(await post()).toMatchObject({ status: 200 })
  expect(server.connections.opened).toBe(2)
})

it('says that a request may have been processed when its answer is lost', async () => {
  const { server, post } = await stage()
  server.reply = () => ({ fault: 'reset' })
  expect(await failure(post())).toMatchObject({ sent: 'maybe' })
})

it('ends a request that gets no answer in time, and frees its stream', async () => {
  const { server, post } = await stage({ timeout: 200 })
  server.allow(1)
  server.reply = ({ path }) => (path === '/slow' ? new Promise(() => {}) : {})
  expect(await failure(post('/slow'))).toMatchObject({ sent: 'maybe', message: 'no answer within 0.2 s' })
  await waitFor(() => server.streams.open === 0)
  expect(await post('/next')).toMatchObject({ status: 200 })
})

it('says that nothing was sent when there is no connection', async () => {
  const { server, post } = await stage()
  await server.close()
  expect(await failure(post())).toMatchObject({ sent: 'no', code: 'ECONNREFUSED' })
})

it('gives up to connect to a server that does not answer', async () => {
  const { server, post } = await stage({ connect: 200 })
  server.freeze()
  expect(await failure(post())).toMatchObject({ sent: 'no', code: 'ETIMEDOUT' })
})

it('finishes what is under way when it closes, and takes nothing more', async () => {
  const { server, client, post } = await stage()
  let answer = () => {}
  server.reply = () => new Promise((resolve) => (answer = () => resolve({})))
  const running = post()
  await waitFor(() => server.connections.open === 1 && server.streams.most === 1)
  const closed = client.close()
  expect(await failure(post())).toMatchObject({ sent: 'no' })
  answer()
  expect(await running).toMatchObject({ status: 200 })
  await closed
  await waitFor(() => server.connections.open === 0)
})

it('cuts off what is under way when it closes and the server stays silent', async () => {
  const { server, client, post } = await stage()
  server.reply = () => new Promise(() => {})
  const running = failure(post())
  await waitFor(() => server.streams.open === 1)
  await client.close()
  expect(await running).toMatchObject({ sent: 'maybe' })
})
