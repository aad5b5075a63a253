import type { Socket } from 'engine.io'
import { WebSocket, WebSocketServer } from 'ws'

/** Packets, and characters of them, that may wait for a client that does not read. */
const MOST_PACKETS = 1000
const MOST_CHARACTERS = 4 * 1024 * 1024

/** WebSocket's code where a close says none (RFC 6455, 7.4.1). */
const NO_CODE = 1005
/** Milliseconds that a client has to end its TCP connection after a close. */
const CLOSE_TIMEOUT_MS = 2000

/** What engine.io holds back until the client has read what was sent before. */
interface UnreadPackets {
  writeBuffer: readonly { data?: unknown }[]
}

/**
 * Closes a client of protocol 3 that is idle for too long. Engine.io does so itself, but no longer once the client has
 * changed from polling to a WebSocket (6.6.4 to 6.6.12).
 * @param timeout milliseconds
 * @returns a function that stops the timer
 */
export function closeWhenIdle(socket: Socket, timeout: number): () => Promise<void> {
  if (socket.protocol !== 3) return async () => {}
  const timer = setTimeout(() => socket.close(true), timeout).unref()
  socket.on('packet', () => timer.refresh())
  return async () => clearTimeout(timer)
}

/** Whether everything has gone as far as the system's own buffers. */
export function hasRead(socket: Socket): boolean {
  return waitingFor(socket).length === 0
}

/** Ends a client for which so much waits that it will hardly read again, at once and whatever it still says. */
export function dropUnlessRead(socket: Socket): void {
  const waiting = waitingFor(socket)
  const characters = waiting.reduce((sum, { data }) => sum + (typeof data === 'string' ? data.length : 0), 0)
  if (waiting.length > MOST_PACKETS || characters > MOST_CHARACTERS)
    socket.transport.emit('error', new Error('The client does not read.'))
}

function waitingFor(socket: Socket): UnreadPackets['writeBuffer'] {
  return (socket as unknown as UnreadPackets).writeBuffer // private by its types alone
}

/** The server of WebSockets that engine.io uses. */
export class WebSocketEngine extends WebSocketServer {
  constructor(options: ConstructorParameters<typeof WebSocketServer>[0]) {
    const closing = { WebSocket: ClosingWebSocket, closeTimeout: CLOSE_TIMEOUT_MS }
    super({ ...options, ...closing })
  }
}

/**
 * Notifies Engine.io as soon as either side closes. `ws` itself emits `close` only once the TCP connection is gone: a
 * consumer that has closed the WebSocket but keeps TCP open would be counted until then.
 */
class ClosingWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason)
    this.emit('close', code ?? NO_CODE, reason)
  }
}
