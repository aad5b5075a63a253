import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { serveFanout } from '../../fanout/serve.ts'
import { frame } from './frame.ts'

/** ws, but each message is framed once and written to the sockets directly. */
const sockets = new Set<Socket>()
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (_, { socket }) => sockets.add(socket))
server.on('listening', () =>
  serveFanout({
    port: (server.address() as AddressInfo).port,
    publish(text) {
      const bytes = frame(text)
      for (const socket of sockets) socket.write(bytes)
    },
  }),
)
