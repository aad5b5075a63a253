import { WebSocket, WebSocketServer } from 'ws'

/** WebSocket's code where a close says none (RFC 6455, 7.4.1). */
const NO_CODE = 1005
/** Milliseconds that a client has to end its TCP connection after a close. */
const CLOSE_TIMEOUT_MS = 2000

/**
 * Engine.io hears of the end as soon as either side closes. `ws` itself says so only once the TCP connection is gone: a
 * consumer that has said goodbye and keeps that open would be counted until then.
 */
class ClosingWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason)
    this.emit('close', code ?? NO_CODE, reason)
  }
}

/** The server of WebSockets that engine.io uses. */
export class WebSocketEngine extends WebSocketServer {
  constructor(options: ConstructorParameters<typeof WebSocketServer>[0]) {
    const closing = { WebSocket: ClosingWebSocket, closeTimeout: CLOSE_TIMEOUT_MS }
    super({ ...options, ...closing })
  }
}
