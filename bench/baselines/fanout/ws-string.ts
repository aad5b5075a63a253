import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { serveFanout } from '../../fanout/serve.ts'

/** ws as its documentation shows it: each client is sent the string. */
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('listening', () =>
  serveFanout({
    port: (server.address() as AddressInfo).port,
    publish(text) {
      for (const client of server.clients) client.send(text)
    },
  }),
)
