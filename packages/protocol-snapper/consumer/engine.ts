import type { IncomingMessage } from 'node:http'
import { Server, type Socket } from 'engine.io'
import type { WebSocket } from 'ws'
import type { SnapperParts } from '../parts.ts'
import { Consumer } from './consumer.ts'
import type { Handshakes } from './handshakes.ts'
import { WebSocketEngine } from './websocket-engine.ts'

/** RFC 6455: it may try again later. */
const TRY_AGAIN_LATER = 1013
const OPEN = 1

/** Engine.io with ids that are the same for the same token. */
export class Engine extends Server {
  readonly #parts: SnapperParts
  readonly #handshakes: Handshakes
  /** Those that engine.io has not made a session of yet. */
  readonly #entered = new WeakMap<IncomingMessage, Consumer>()

  constructor(parts: SnapperParts, handshakes: Handshakes) {
    const { pingInterval, pingTimeout } = parts.timeouts
    super({
      allowEIO3: true,
      wsEngine: WebSocketEngine,
      pingInterval,
      pingTimeout,
      cors: { origin: true, credentials: true },
      cookie: { name: 'snapper.ws', path: '/', httpOnly: true, sameSite: false },
    })
    this.#parts = parts
    this.#handshakes = handshakes
    this.on('connection', (socket: Socket) => this.#attach(socket))
  }

  /** @throws for a request that is not let in: it is answered with code 3 */
  override async generateId(request: IncomingMessage & { websocket?: WebSocket }): Promise<string> {
    try {
      const consumer = await Consumer.enter(this.#parts, this.#handshakes.admitted(request))
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
