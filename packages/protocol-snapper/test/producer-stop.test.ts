import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { silentLogger as log, waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { producerHandler } from '../producer/connection.ts'
import type { SnapperDeps } from '../deps.ts'
import { appWith } from '../../../test/services/realtime.ts'
import { authFrame, bulk } from '../../../test/services/snapper-clients.ts'

it('waits for what producers sent that have gone', async () => {
  const app = appWith()
  const [begun, kept] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const publish = async () => {
    begun.resolve()
    await kept.promise
    return { reached: [], dropped: 0 }
  }
  const handler = producerHandler({
    log,
    apps: { list: async () => [app] },
    tokens: { verify: async () => ({ app, claims: { exp: 0 } }) },
    queues: { publish },
    hub: { connections: { attend: () => async () => {} } },
  } as unknown as SnapperDeps)
  const accepted = Promise.withResolvers<Socket>()
  const server = createServer((socket) => {
    handler.accept(socket)
    accepted.resolve(socket)
  })
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const message = bulk(JSON.stringify({ jsonrpc: '2.0', method: 'publish', params: ['room', 'message'] }))
  connect((server.address() as AddressInfo).port, '127.0.0.1')
    .resume()
    .end(authFrame('token') + message)
  const [socket] = await Promise.all([accepted.promise, begun.promise])
  await waitFor(() => socket.closed)
  let stopped = false
  const stopping = handler.stop().then(() => (stopped = true))
  for (let turns = 0; turns < 10; turns++) await turn()
  expect(stopped).toBe(false)
  kept.resolve()
  await stopping
})
