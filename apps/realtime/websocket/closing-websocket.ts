import { WebSocket } from 'ws'

/** WebSocket's code where a close says none (RFC 6455, 7.4.1). */
const NO_CODE = 1005

/**
 * Emits `closing`, with the code, as soon as either side closes. `ws` itself emits `close` only once the TCP connection
 * is gone: a client that has said goodbye and keeps that open would be taken for present until then.
 */
export class ClosingWebSocket extends WebSocket {
  /** Called by `ws` too, when the client closes or breaks the protocol. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason)
    this.emit('closing', code ?? NO_CODE)
  }
}
