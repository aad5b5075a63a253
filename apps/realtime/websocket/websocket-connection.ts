import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Batch, ConnectionHandler, ClientConnection } from '@carillon/contract'
import { WebSocket } from 'ws'
import type { Liveness } from './liveness.ts'

/** Bytes that may wait for a client that does not read. */
const MOST_WAITING = 1024 * 1024
/** Milliseconds that a client has to answer a close, or to read some more of what waits for it. */
const CLOSE_TIMEOUT_MS = 2000
/** Milliseconds after which `ws` ends a connection that was closed, however slowly the client still reads. */
export const LONGEST_CLOSE_MS = 60_000

/** Close codes of Pusher's protocol, which clients of any protocol understand as "connect again". */
export const OVER_CAPACITY = 4100
const NO_PONG = 4201
const UNSUPPORTED_DATA = 1003
const LONGEST_REASON = 123
/** WebSocket's code of a connection that ended without a close. */
const NO_CLOSE = 1006
/** WebSocket's code where a close says none (RFC 6455, 7.4.1). */
const NO_CODE = 1005

const FINAL_TEXT = 0x81
/** In the place of a length: the real one follows in 2 or in 8 bytes (RFC 6455, 5.2). */
const TWO_BYTES = 126
const EIGHT_BYTES = 127

/**
 * A WebSocket. Messages are framed here and written to the socket directly, past `ws`, which would frame them
 * once per client; without compression that is all `ws` does with them too. It reads, pings and closes.
 */
export class WebSocketConnection implements ClientConnection {
  /** The round of the liveness sweep in which something was last heard. */
  heardIn: number
  /** The round in which it was pinged, if nothing was heard since. */
  pingedIn: number | undefined
  readonly #ws: ClosingWebSocket
  readonly #socket: Duplex
  readonly #liveness: Liveness
  /** Until either side closes. */
  #handler: ConnectionHandler | undefined
  #open = true

  constructor(ws: ClosingWebSocket, socket: Duplex, liveness: Liveness) {
    this.#ws = ws
    this.#socket = socket
    this.#liveness = liveness
    this.heardIn = liveness.round
  }

  send(text: string): void {
    if (this.#open) this.#write(textFrame(text))
  }

  write(batch: Batch): void {
    if (this.#open) this.#write(batch.encoded(textFrame))
  }

  close(code: number, reason: string): void {
    if (!this.#open) return
    this.#open = false
    this.#ws.close(code, closeReason(reason))
    this.#endSoon()
  }

  /**
   * Called once. From now on the handler receives the client's messages. The connection is over as soon as either side
   * closes the WebSocket, even if the TCP connection lasts a while longer.
   */
  attend(handler: ConnectionHandler): void {
    this.#handler = handler
    this.#ws.connection = this
    this.#liveness.connections.add(this)
    this.#ws.on('message', onMessage)
    this.#ws.on('ping', onPing)
    this.#ws.on('pong', onPing)
    this.#ws.on('error', ignore)
    this.#ws.on('close', onClose)
    // `once` would keep a wrapper for each connection.
    this.#socket.on('end', () => this.closing(NO_CLOSE))
  }

  message(data: Buffer, isBinary: boolean): void {
    this.heard()
    if (isBinary) this.close(UNSUPPORTED_DATA, 'Only text messages are supported.')
    else if (this.#open) this.#handler?.message(data.toString())
  }

  heard(): void {
    this.heardIn = this.#liveness.round
    this.pingedIn = undefined
  }

  closed(code: number): void {
    this.closing(code)
    this.#liveness.connections.delete(this)
  }

  /**
   * Either side closes; only the first call counts. The handler is told a moment later, because others may be receiving the
   * same messages now.
   */
  closing(code: number): void {
    const handler = this.#handler
    if (!handler) return
    this.#handler = undefined
    queueMicrotask(() => handler.closed(code))
    if (!this.#open) return
    this.#open = false
    this.#endSoon()
  }

  ping(round: number): void {
    this.pingedIn = round
    if (this.#open) this.#ws.ping()
  }

  closeSilent(): void {
    this.close(NO_PONG, 'Pong reply not received')
  }

  /** Ends a connection that does not end by itself. A client that still reads gets what waits for it, and the close. */
  #endSoon(): void {
    const end = () => this.#ws.terminate()
    if (this.#socket.writableLength === 0) setTimeout(end, CLOSE_TIMEOUT_MS).unref()
    else if (this.#socket instanceof Socket) this.#socket.setTimeout(CLOSE_TIMEOUT_MS, end)
  }

  #write(bytes: Uint8Array): void {
    if (this.#socket.writableLength > MOST_WAITING) this.close(OVER_CAPACITY, 'The client does not read.')
    else this.#socket.write(bytes)
  }
}

/**
 * Tells its connection as soon as either side closes. `ws` itself emits `close` only once the TCP connection is gone: a
 * client that has closed the WebSocket but keeps TCP open would count as present until then.
 */
export class ClosingWebSocket extends WebSocket {
  connection: WebSocketConnection | undefined

  /** Called by `ws` too, when the client closes or breaks the protocol. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason)
    this.connection?.closing(code ?? NO_CODE)
  }
}

/* Listeners that all connections share: closures for each would be a tenth of the memory that an idle one takes. */

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
  connectionOf(this)?.message(data, isBinary)
}

function onPing(this: WebSocket): void {
  connectionOf(this)?.heard()
}

function onClose(this: WebSocket, code: number): void {
  connectionOf(this)?.closed(code)
}

/** The types of `ws` give every listener a plain `WebSocket`. */
function connectionOf(ws: WebSocket): WebSocketConnection | undefined {
  return (ws as ClosingWebSocket).connection
}

/** A close follows. */
function ignore(): void {}

/** A text message as one unmasked frame, as servers send it. */
function textFrame(text: string): Uint8Array {
  const length = Buffer.byteLength(text)
  const head = headOf(length)
  const frame = Buffer.allocUnsafe(head.length + length)
  head.copy(frame)
  frame.write(text, head.length)
  return frame
}

function headOf(length: number): Buffer {
  if (length < TWO_BYTES) return Buffer.from([FINAL_TEXT, length])
  if (length < 65_536) return Buffer.from([FINAL_TEXT, TWO_BYTES, length >> 8, length & 255])
  const head = Buffer.alloc(10)
  head[0] = FINAL_TEXT
  head[1] = EIGHT_BYTES
  head.writeBigUInt64BE(BigInt(length), 2)
  return head
}

/** At most 123 bytes, as WebSockets have it: `ws` throws on more. */
function closeReason(reason: string): string {
  const bytes = Buffer.from(reason)
  // Half a character at the end would be no UTF-8
  return bytes.length <= LONGEST_REASON
    ? reason
    : new TextDecoder().decode(bytes.subarray(0, LONGEST_REASON), { stream: true })
}
