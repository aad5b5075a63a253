import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { guardedOutbound } from '@carillon/outgoing'
import { hookSender } from '@carillon/sender-hook'
import { examplePush } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'

/** A server that keeps idle connections for ever, and does not announce how long. */
async function keepingServer(): Promise<{ url: string; sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    request.resume().once('end', () => response.end('{}'))
  })
  server.on('connection', (socket) => sockets.push(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => server.close().closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets }
}

const callers: Record<string, (url: string) => () => Promise<unknown>> = {
  'a hook': (url) => {
    const hook = hookSender({ name: 'hook1', url, secret: 'secret' })
    return () => hook.send(examplePush())
  },
  'a webhook': (url) => {
    const outbound = guardedOutbound({ allowPrivate: true })
    onTestFinished(() => outbound.close())
    return () => outbound.post({ url, body: 'x', timeout: 5000 })
  },
}

// A server ends idle connections after 5 seconds or more; a request sent at that moment is lost.
describe.concurrent('a connection is used again, and ended by the caller before a server would end it', () => {
  it.each(Object.keys(callers))('%s', async (name) => {
    const { url, sockets } = await keepingServer()
    const call = callers[name]!(url)
    // A call that follows at once may find the connection of the one before still busy.
    for (let count = 1; count <= 4; count++) await call()
    expect(sockets.length).toBeLessThan(4)
    await Promise.all(sockets.map((socket) => once(socket, 'end')))
  })
})
