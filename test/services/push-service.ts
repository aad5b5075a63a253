import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { Certificate } from './certificates.ts'

export interface ReceivedMessage {
  url: string | undefined
  headers: IncomingHttpHeaders
  /** Encrypted. */
  body: Buffer
}

/** The push service of a browser, which answers as told and keeps what it receives. */
export interface PushService {
  origin: string
  received: ReceivedMessage[]
}

const accept: RequestListener = (_, response) => response.writeHead(201).end()

/** @param certificate absent: http */
export async function pushService(answer = accept, certificate?: Certificate): Promise<PushService> {
  const received: ReceivedMessage[] = []
  const receive = async (...[request, response]: Parameters<RequestListener>) => {
    received.push({ url: request.url, headers: request.headers, body: await buffer(request) })
    answer(request, response)
  }
  const listener: RequestListener = (request, response) => void receive(request, response)
  const server = certificate ? createTlsServer(certificate, listener) : createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const scheme = certificate ? 'https' : 'http'
  return { origin: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}
