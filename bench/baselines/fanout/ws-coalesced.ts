import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { serveFanout } from '../../fanout/serve.ts'
import { frame } from './frame.ts'

/** ws, framed once, and all messages of a tick in one write: the least that any hub could do. */
const sockets = new Set<Socket>()
let waiting: Buffer[] = []
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (_, { socket }) => sockets.add(socket))
server.on('listening', () =>
  serveFanout({
    port: (server.address() as AddressInfo).port,
    publish(text) {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push(frame(text))
    },
  }),
)

function flush(): void {
  const bytes = Buffer.concat(waiting)
  waiting = []
  for (const socket of sockets) socket.write(bytes)
}
