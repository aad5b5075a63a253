import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorCode, type NodeHandler } from '@carillon/contract'
import type { SnapperParts } from '../parts.ts'
import { TokenError } from '../token.ts'
import { Engine } from './engine.ts'
import { Handshakes } from './handshakes.ts'

const BAD_REQUEST = JSON.stringify({ code: 3, message: 'Bad request' })
/** No app has this id: its engine lets nobody in. */
const NOBODY = 0

/** What consumers connect to, by polling or WebSocket: engine.io 3 behind a token. */
export function consumerHandler(parts: SnapperParts): NodeHandler & { stop(): Promise<void> } {
  const handshakes = new Handshakes(parts)
  const engines = new Map<number, Engine>()
  /** Each app has its own: tokens of several may well give the same id. */
  const engineOf = (app: number) => {
    const engine = engines.get(app) ?? new Engine(parts, handshakes)
    engines.set(app, engine)
    return engine
  }
  const failed = (error: unknown) => {
    // The answer is the same for every fault, as the protocol has it, so the log says which one it was.
    if (error instanceof TokenError) parts.log.debug({ reason: error.message }, 'a Snapper consumer was refused')
    else parts.log.warn({ code: errorCode(error) }, 'a Snapper consumer could not be let in')
    return NOBODY
  }
  return {
    paths: ['/websocket'],
    request(request: IncomingMessage, response: ServerResponse) {
      // Refused by engine.io itself, which also says it to pages of other sites.
      const handle = (app: number) => engineOf(app).handleRequest(request, response)
      handshakes
        .look(request)
        .catch(failed)
        .then(handle)
        .catch((error: unknown) => {
          failed(error)
          response.destroy()
        })
    },
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
      const handle = (app: number) => engineOf(app).handleUpgrade(request, socket, head)
      // Engine.io would refuse only after it has taken the WebSocket.
      handshakes
        .look(request)
        .then(handle)
        .catch((error: unknown) => {
          failed(error)
          refuse(socket)
        })
    },
    async stop() {
      for (const engine of engines.values()) engine.close()
      await Promise.all(parts.live.all.map((consumer) => consumer.leave()))
    },
  }
}

function refuse(socket: Duplex): void {
  socket.end(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${BAD_REQUEST.length}\r\n\r\n${BAD_REQUEST}`,
  )
}
