import type { App } from '@carillon/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { dial, dialTarget } from '../services/channels-socket.ts'
import { appWith, onEveryCluster, startInMemory } from '../services/realtime.ts'

const app = appWith()

describe('the address of Pusher Channels', () => {
  const refused: [what: string, code: number, target: string, change?: Partial<App>][] = [
    ['an unknown key', 4001, '/app/nobody?protocol=7'],
    ['a key that is no encoding', 4001, '/app/%ff?protocol=7'],
    ['a disabled app', 4003, `/app/${app.key}?protocol=7`, { enabled: false }],
    ['an app over TLS only', 4000, `/app/${app.key}?protocol=7`, { settings: { tlsOnly: true } }],
    ['a path without a key', 4005, '/app?protocol=7'],
    ['an empty key', 4005, '/app/?protocol=7'],
    ['a longer path', 4005, `/app/${app.key}/more?protocol=7`],
    ['no protocol', 4008, `/app/${app.key}`],
    ['an empty protocol', 4008, `/app/${app.key}?protocol=`],
    ['a malformed version', 4006, `/app/${app.key}?protocol=seven`],
    ['version 4', 4007, `/app/${app.key}?protocol=4`],
    ['version 8', 4007, `/app/${app.key}?protocol=8&protocol=7`],
  ]
  it.each(refused)(
    'with %s completes the upgrade, sends pusher:error, then closes with %i',
    async (_, code, target, change) => {
      const { nodes } = await startInMemory({ apps: [{ ...app, ...change }] })
      const client = dialTarget(nodes[0]!, target)
      const closed = await client.closed
      expect(closed).toMatch(new RegExp(`^${code} .+\\.|^${code} .+=7$`))
      const message = closed.slice(5)
      expect(client.raw).toEqual([JSON.stringify({ event: 'pusher:error', data: { code, message } })])
    },
  )

  it.each(['5', '6', '7'])('with protocol %s is taken, whatever else it says', async (version) => {
    const { nodes } = await startInMemory()
    const client = dialTarget(nodes[0]!, `/app/${app.key}?flash=&x=%ff&protocol=${version}&client&version=8.6.0`)
    await client.hears('pusher:connection_established')
  })

  it('says that TLS is used where a proxy says so', async () => {
    const { nodes } = await startInMemory({ apps: [appWith({ tlsOnly: true })] })
    const headers = { 'x-forwarded-proto': 'https' }
    const socket = new WebSocket(`ws://127.0.0.1:${nodes[0]!.port}/app/${app.key}?protocol=7`, { headers })
    const text = await new Promise((resolve) => {
      socket.once('message', (data: Buffer) => resolve(data.toString()))
    })
    expect(text).toContain('pusher:connection_established')
    socket.terminate()
  })

  it('closes with 4009 for a page of an origin that the app does not allow', async () => {
    const { nodes } = await startInMemory({ apps: [appWith({ allowedOrigins: ['https://shop.example.com'] })] })
    const dialFrom = (origin: string | undefined) => {
      const socket = new WebSocket(`ws://127.0.0.1:${nodes[0]!.port}/app/${app.key}?protocol=7`, {
        ...(origin && { origin }),
      })
      onTestFinished(() => socket.terminate())
      return new Promise((resolve) => {
        socket.once('message', (data: Buffer) => resolve((JSON.parse(data.toString()) as { event: string }).event))
      })
    }
    expect(await dialFrom('https://evil.example')).toBe('pusher:error')
    expect(await dialFrom('https://shop.example.com')).toBe('pusher:connection_established')
    expect(await dialFrom(undefined)).toBe('pusher:connection_established')
  })

  it('closes with 4100 where apps cannot be looked up', async () => {
    const servers = await startInMemory()
    servers.apps.find = () => {
      throw new Error('away')
    }
    expect(await dialTarget(servers.nodes[0]!, `/app/${app.key}?protocol=7`).closed).toMatch(/^4100 /)
  })
})

onEveryCluster('a connection of Pusher Channels', (start) => {
  it('is established with data as a string, an id of its own and a truthy activity_timeout', async () => {
    const { pair } = await start()
    const clients = await Promise.all([dial(pair[0], app), dial(pair[0], app), dial(pair[1], app)])
    for (const { id, raw } of clients) {
      expect(id).toMatch(/^\d+\.\d+$/)
      const data = JSON.stringify({ socket_id: id, activity_timeout: 120 })
      expect(raw).toEqual([JSON.stringify({ event: 'pusher:connection_established', data })])
    }
    expect(new Set(clients.map(({ id }) => id)).size).toBe(3)
  })

  it('answers pusher:ping with pusher:pong and data "{}", and takes pusher:pong', async () => {
    const { nodes } = await start()
    const client = await dial(nodes[0]!, app)
    client.send({ event: 'pusher:pong' })
    client.send({ event: 'pusher:ping', data: {} })
    await client.hears('pusher:pong')
    expect(client.raw.at(-1)).toBe('{"event":"pusher:pong","data":"{}"}')
    expect(client.heard).toEqual([])
  })

  it('is closed with 4004 over the quota of the app, over all nodes', async () => {
    const limited = appWith({ limits: { connections: 2 } })
    const { pair } = await start({ apps: [limited] })
    const first = await dial(pair[0], limited)
    await dial(pair[1], limited)
    const target = `/app/${app.key}?protocol=7`
    const third = dialTarget(pair[1], target)
    expect(await third.closed).toMatch(/^4004 /)
    expect(third.heard).toMatchObject([{ event: 'pusher:error', data: { code: 4004 } }])
    first.end()
    await first.closed
    await expect.poll(() => pair[0].hub.connections.count(limited.id)).toBe(1)
    await dial(pair[1], limited)
  })

  it('ends when its app is disabled or removed, at once or at its next signature', async () => {
    const { pair, apps } = await start()
    const [one, other] = [await dial(pair[0], app), await dial(pair[1], app)]
    apps[0]!.enabled = false
    one.send({ event: 'pusher:subscribe', data: { channel: 'private-x', auth: '' } })
    expect(await one.closed).toMatch(/^4003 /)
    expect(one.heard).toMatchObject([{ event: 'pusher:error', data: { code: 4003 } }])
    await pair[0].hub.connections.closeAll(app.id, 'This app is gone.')
    expect(await other.closed).toBe('4003 This app is gone.')
    const data = { code: 4003, message: 'This app is gone.' }
    expect(other.heard).toEqual([{ event: 'pusher:error', data }])
  })

  it('that is removed from the servers is closed with 4001', async () => {
    const { nodes, apps } = await start()
    const client = await dial(nodes[0]!, app)
    apps.length = 0
    client.send({ event: 'pusher:signin', data: {} })
    expect(await client.closed).toMatch(/^4001 /)
  })

  it('loses and reorders nothing that is sent before it is established', async () => {
    const { nodes } = await start()
    const client = dialTarget(nodes[0]!, `/app/${app.key}?protocol=7`, app)
    await expect
      .poll(() => {
        try {
          client.send({ event: 'pusher:subscribe', data: { channel: 'early' } })
          return true
        } catch {
          return false // not open yet
        }
      })
      .toBe(true)
    client.send({ event: 'pusher:unsubscribe', data: { channel: 'early' } })
    client.send({ event: 'pusher:unsubscribe', data: { channel: 'early' } })
    await client.hears('pusher:error')
    expect(client.heard.map(({ event }) => event)).toEqual([
      'pusher:connection_established',
      'pusher_internal:subscription_succeeded',
    ])
  })
})
