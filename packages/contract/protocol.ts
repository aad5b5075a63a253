import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** The protocol of existing clients, as an adapter on the hub. */
export interface Protocol {
  name: string
  /** Answers HTTP requests under these paths. */
  http?: HttpHandler
  /** Takes WebSockets under these paths. */
  sockets?: SocketHandler
  /** Does both by itself under these paths, where a library must. */
  node?: NodeHandler
  /** Takes connections to a TCP port of its own. */
  tcp?: TcpHandler
  /** Ends the protocol's own work. The server closes the connections, and each connection's handler is called. */
  stop?(): Promise<void>
}

export interface HttpHandler {
  /** First segments, such as `/apps`. */
  paths: readonly string[]
  fetch(request: Request, caller: Caller): Response | Promise<Response>
}

/** Node's own requests and upgrades. */
export interface NodeHandler {
  paths: readonly string[]
  request(request: IncomingMessage, response: ServerResponse): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

export interface TcpHandler {
  accept(socket: Socket): void
}

export interface Caller {
  /** The address of the peer. */
  ip: string
  /** Path and query as sent, still percent-encoded: what a client signed. */
  target: string
}

export interface SocketHandler {
  paths: readonly string[]
  /** Bytes; a longer message closes the connection with 1009. */
  longestMessage: number
  admit(handshake: Handshake): Promise<Admission> | Admission
}

/** A request to become a WebSocket. */
export interface Handshake extends Caller {
  /** Over TLS, as far as the server or its proxy reports. */
  secure: boolean
  /** The origin of the page that connects, as its browser sends it. Other clients send none. */
  origin?: string | undefined
}

/** Refused with an HTTP answer, or accepted. To refuse with a close code, accept it and close it. */
export type Admission = { refuse: { status: number; reason: string } } | AcceptedSocket

export interface AcceptedSocket {
  open(connection: ClientConnection): ConnectionHandler
}

/** The handler of one connection's events. */
export interface ConnectionHandler {
  message(text: string): void
  /** Called once, whichever side ended it. @param code close code of the WebSocket; 1006 when it ended without a close frame */
  closed(code: number): void
}

/** One WebSocket, as protocols see it. Nothing throws; what is sent to a closed one is dropped. */
export interface ClientConnection {
  send(text: string): void
  /** Messages for many connections, which are encoded only once. */
  write(batch: Batch): void
  close(code: number, reason: string): void
}

/** Messages on their way to many sessions. */
export interface Batch {
  /** Made by the first who asks, for all. */
  encoded(encode: (text: string) => Uint8Array): Uint8Array
}
