import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answering } from '../answering.ts'

/* As SendGrid answers a mail that it has taken, and nothing else. */

const server = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(202, { 'X-Message-Id': 'bench' }).end())
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')

answering({ port: () => (server.address() as AddressInfo).port }, () => server.closeAllConnections())
