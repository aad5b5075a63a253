import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { createApi, createMonitor } from '@carillon/api'
import { listen } from '@carillon/http'
import { CarillonError } from '@carillon/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fakeParts } from './fakes.ts'
import { send, serveApi } from './support.ts'

const TOKEN = 'token-of-the-metrics'
const withToken = () => fakeParts({ metrics: { ...fakeParts().metrics, token: TOKEN } })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const ofProxy = { 'x-forwarded-for': '203.0.113.7' }

describe('/metrics', () => {
  it('answers this machine with the text that Prometheus reads', async () => {
    const { port } = await serveApi()
    const answer = await send(port, 'GET', '/metrics')
    expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([200, 'bells 1\n', 'text/plain'])
  })

  it.each([
    ['a proxy on this machine', ofProxy],
    ['a proxy that speaks RFC 7239', { forwarded: 'for=203.0.113.7' }],
    ['a proxy that passes the host on', { host: 'push.example.com' }],
    ['a name that a web page points at 127.0.0.1', { host: 'rebound.example.com:6001' }],
  ])('refuses %s, and says what to set', async (_, headers) => {
    const { port } = await serveApi()
    const { status, json } = await send(port, 'GET', '/metrics', { headers })
    expect([status, json.code]).toEqual([403, 'forbidden'])
    expect(json.err).toContain('METRICS_TOKEN')
  })

  it('admits requests with the token through a proxy', async () => {
    const { port } = await serveApi(withToken())
    const answer = await send(port, 'GET', '/metrics', { headers: { ...ofProxy, ...bearer(TOKEN) } })
    expect(answer.status).toBe(200)
  })

  it.each([
    ['no token', {}],
    ['a wrong token', bearer('token-of-the-metricz')],
    ['the beginning of the token', bearer(TOKEN.slice(0, -1))],
    ['the token by another scheme', { authorization: `Basic ${TOKEN}` }],
  ])('asks whoever comes through a proxy with %s for it', async (_, headers) => {
    const { port } = await serveApi(withToken())
    const {
      status,
      json,
      headers: answered,
    } = await send(port, 'GET', '/metrics', { headers: { ...ofProxy, ...headers } })
    expect([status, json.code]).toEqual([401, 'unauthorized'])
    expect(answered['www-authenticate']).toMatch(/^Bearer/)
    expect(json.err).not.toContain(TOKEN)
  })

  it('refuses who connects from another address of this machine, as it would another machine', async () => {
    const outer = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')
    if (!outer) return
    const listening = await listen(createApi(fakeParts()), { host: '0.0.0.0', port: 0 })
    onTestFinished(() => listening.close(0))
    const outgoing = request({
      host: outer.address,
      port: listening.port,
      path: '/metrics',
      headers: { host: 'localhost' },
    })
    const status = await new Promise((resolve, reject) => {
      outgoing
        .once('response', (incoming) => resolve(incoming.resume().statusCode))
        .once('error', reject)
        .end()
    })
    expect(status).toBe(403)
  })

  it('takes GET only', async () => {
    const { port } = await serveApi()
    expect((await send(port, 'POST', '/metrics')).status).toBe(405)
  })
})

describe('a process without an API', () => {
  async function monitor(parts = fakeParts()) {
    const listening = await listen(createMonitor(parts), { host: '127.0.0.1', port: 0, setting: 'METRICS_PORT' })
    onTestFinished(() => listening.close(0))
    return listening.port
  }

  it('tells that it runs, and its metrics', async () => {
    const port = await monitor()
    expect((await send(port, 'GET', '/healthz')).json).toEqual({ ok: true })
    expect((await send(port, 'GET', '/metrics')).text).toBe('bells 1\n')
    expect((await send(port, 'GET', '/metrics', { headers: ofProxy })).status).toBe(403)
  })

  it('tells whether it is ready', async () => {
    const away = () => Promise.reject(new CarillonError('unavailable', 'Redis cannot be reached.'))
    expect((await send(await monitor(), 'GET', '/readyz')).status).toBe(200)
    const { status, json } = await send(await monitor(fakeParts({ ready: away })), 'GET', '/readyz')
    expect([status, json]).toEqual([503, { err: 'Redis cannot be reached.', code: 'unavailable' }])
  })

  it('serves nothing else', async () => {
    expect((await send(await monitor(), 'GET', '/v1/senders')).status).toBe(404)
    for (const path of ['/metrics', '/healthz', '/readyz']) {
      const answer = await send(await monitor(), 'POST', path)
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET' } })
    }
  })

  it('names its own setting if the port is in use', async () => {
    const port = await monitor()
    const taken = listen(createMonitor(fakeParts()), { host: '127.0.0.1', port, setting: 'METRICS_PORT' })
    await expect(taken).rejects.toThrow(
      `Port ${port} of 127.0.0.1 is in use: stop the program that listens there, or set METRICS_PORT`,
    )
  })
})
