import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorCode, type NodeHandler } from '@carillon/contract'
import { Server, type Socket } from 'engine.io'
import type { WebSocket } from 'ws'
import type { SnapperDeps } from '../deps.ts'
import { TokenError } from '../token.ts'
import { Consumer } from './consumer.ts'
import { WebSocketEngine } from './engine-socket.ts'
import { Handshakes } from './handshakes.ts'

const BAD_REQUEST = JSON.stringify({ code: 3, message: 'Bad request' })
/** No app has this id: its engine admits no consumer. */
const NOBODY = 0
/** RFC 6455: it may try again later. */
const TRY_AGAIN_LATER = 1013
const OPEN = 1

/** What consumers connect to, by polling or WebSocket: engine.io 3 behind a token. */
export function consumerHandler(deps: SnapperDeps): NodeHandler & { stop(): Promise<void> } {
  const handshakes = new Handshakes(deps)
  const engines = new Map<number, Engine>()
  /** Each app has its own: tokens of several may well give the same id. */
  const engineOf = (app: number) => {
    const engine = engines.get(app) ?? new Engine(deps, handshakes)
    engines.set(app, engine)
    return engine
  }
  const failed = (error: unknown) => {
    // The answer is the same for every fault, as the protocol has it, so the log says which one it was.
    if (error instanceof TokenError) deps.log.debug({ reason: error.message }, 'a Snapper consumer was refused')
    else deps.log.warn({ code: errorCode(error) }, 'a Snapper consumer could not be connected')
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
      // Engine.io would refuse only after it has accepted the WebSocket.
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
      await Promise.all(deps.live.all.map((consumer) => consumer.leave()))
    },
  }
}

function refuse(socket: Duplex): void {
  socket.end(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${BAD_REQUEST.length}\r\n\r\n${BAD_REQUEST}`,
  )
}

/** Engine.io with ids that are the same for the same token. */
class Engine extends Server {
  readonly #deps: SnapperDeps
  readonly #handshakes: Handshakes
  /** Those that engine.io has not made a session of yet. */
  readonly #entered = new WeakMap<IncomingMessage, Consumer>()

  constructor(deps: SnapperDeps, handshakes: Handshakes) {
    const { pingInterval, pingTimeout } = deps.timeouts
    super({
      allowEIO3: true,
      wsEngine: WebSocketEngine,
      pingInterval,
      pingTimeout,
      cors: { origin: true, credentials: true },
      cookie: { name: 'snapper.ws', path: '/', httpOnly: true, sameSite: false },
    })
    this.#deps = deps
    this.#handshakes = handshakes
    this.on('connection', (socket: Socket) => this.#attach(socket))
  }

  /** @throws for a request that is not let in: it is answered with code 3 */
  override async generateId(request: IncomingMessage & { websocket?: WebSocket }): Promise<string> {
    try {
      const consumer = await Consumer.enter(this.#deps, this.#handshakes.admitted(request))
      if (request.websocket && request.websocket.readyState !== OPEN) {
        await consumer.leave()
        throw new Error('The client has gone.')
      }
      this.#entered.set(request, consumer)
      return consumer.key.id
    } catch (error) {
      request.websocket?.close(TRY_AGAIN_LATER)
      throw error
    }
  }

  #attach(socket: Socket): void {
    const consumer = this.#entered.get(socket.request)
    if (consumer) consumer.attach(socket)
    else socket.close(true)
  }
}
