import { once } from 'node:events'
import { createServer } from 'node:http'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { answering } from '../answering.ts'

/* As FCM answers a message that it has taken, and Google a service account; FCM_CERT and FCM_KEY are PEM. */

const { FCM_CERT: cert, FCM_KEY: key } = process.env
const fcm = createSecureServer({ cert, key, settings: { maxConcurrentStreams: 100 } })
fcm.on('stream', (stream: ServerHttp2Stream) => {
  stream.on('error', () => {})
  stream.resume().once('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'application/json' })
    stream.end('{"name":"projects/bench/messages/1"}')
  })
})
const google = createServer((request, response) => {
  request.resume().once('end', () => response.end('{"access_token":"bench","expires_in":3599}'))
})
for (const server of [fcm, google]) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}
const portOf = (server: typeof fcm | typeof google) => (server.address() as AddressInfo).port

answering({ port: () => portOf(fcm), tokenPort: () => portOf(google) }, () => google.closeAllConnections())
