import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { serveFanout } from '../../fanout/serve.ts'

/** socket.io 4 over WebSocket only, as for speed. */
const http = createServer()
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })
http.listen(0, '127.0.0.1', () =>
  serveFanout({ port: (http.address() as AddressInfo).port, publish: (text) => io.emit('e', text) }),
)
