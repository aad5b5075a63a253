import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { dial, trigger } from '../services/channels-socket.ts'
import { hasNginx, proxyOf } from '../services/nginx.ts'
import { startInMemory } from '../services/realtime.ts'

const FORWARDED = ' x-forwarded-proto=http x-forwarded-for=127.0.0.1'

/** Stands for the API: says what it was asked. */
async function echo(): Promise<number> {
  const server = createServer((request: IncomingMessage, response) => {
    const { host, ...headers } = request.headers
    const forwarded = Object.entries(headers).filter(([name]) => /forwarded|^x-real-ip$/.test(name))
    const named = forwarded.map(([name, value]) => ` ${name}=${String(value)}`).join('')
    response.end(`${request.method} ${request.url} for ${host}${named}`)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe.skipIf(!hasNginx)('the proxy of docker-compose.yml', () => {
  async function start() {
    const { pair, apps } = await startInMemory()
    const proxy = await proxyOf({ api: await echo(), realtime: pair[0].port })
    return { node: pair[0], apps, app: apps[0]!, proxy, url: `http://127.0.0.1:${proxy.port}` }
  }

  it('passes WebSockets on, both ways', async () => {
    const { node, app, proxy } = await start()
    const socket = await dial(proxy, app)
    await socket.joins('news')
    await trigger(node, app, { channel: 'news' })
    expect(await socket.hears('news', 'news')).toMatchObject({ data: { n: 1 } })
    await node.restart()
    expect(await socket.closed).toBe('4200 This server is stopping.')
  })

  it.each([
    '/apps/3/channels',
    '/apps',
    '/app/none',
    '/api/admin',
    '/ws/key/tag',
    '/websocket/?EIO=3',
    '/stats',
    '/session/create',
    '/v2/project/key/archive',
  ])('%s is for live connections', async (path) => {
    const { node, url } = await start()
    const [through, direct] = await Promise.all([fetch(url + path), fetch(node.url + path)])
    expect([through.status, await through.text()]).toEqual([direct.status, await direct.text()])
  })

  it.each(['/pusher/pushers/a%2Fb/?q=%20+', '/v1/apps', '/docs', '/healthz', '/providers/twilio', '/apples'])(
    '%s is for the API, as it was sent',
    async (path) => {
      const { url, proxy } = await start()
      expect(await (await fetch(url + path, { method: 'POST' })).text()).toBe(
        `POST ${path} for 127.0.0.1:${proxy.port}${FORWARDED}`,
      )
    },
  )

  it('keeps idle connections as long as the servers do', async () => {
    const { url } = await start()
    const headers = { connection: 'keep-alive' }
    expect((await fetch(`${url}/healthz`, { headers })).headers.get('keep-alive')).toBe('timeout=75')
  })

  it('replaces what a client says of itself', async () => {
    const { url, proxy, apps } = await start()
    const headers = {
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '198.51.100.1',
      'x-forwarded-host': 'evil.example',
      'x-real-ip': '198.51.100.1',
      forwarded: 'for=198.51.100.1;proto=https',
    }
    const answer = await fetch(`${url}/docs`, { headers })
    expect(await answer.text()).toBe(`GET /docs for 127.0.0.1:${proxy.port}${FORWARDED}`)
    apps[0] = { ...apps[0]!, settings: { tlsOnly: true } }
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/app/${apps[0].key}?protocol=7`, { headers })
    onTestFinished(() => socket.terminate())
    expect((await once(socket, 'close'))[0]).toBe(4000)
  })

  it.each(['/v2/project/key/archive', '/websocket/?EIO=3'])('names the host that was asked for: %s', async (path) => {
    const port = await echo()
    const proxy = await proxyOf({ api: port, realtime: port })
    const answer = await fetch(`http://127.0.0.1:${proxy.port}${path}`)
    expect(await answer.text()).toBe(`GET ${path} for 127.0.0.1:${proxy.port}${FORWARDED}`)
  })

  it('keeps metrics inside', async () => {
    const { url } = await start()
    expect((await fetch(`${url}/metrics`)).status).toBe(404)
  })
})
