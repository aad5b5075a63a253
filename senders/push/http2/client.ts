import { errorCode } from '@carillon/contract'
import { Connection, type ConnectionTimes } from './connection.ts'
import { Exchange, type Http2Answer, Http2Error, type Http2Request } from './exchange.ts'

export interface Http2ClientOptions extends Partial<ConnectionTimes> {
  /** Connections at most, those included that only end what is under way; default 4. */
  connections?: number
  /** Milliseconds for a request, its wait for a connection included. Default 25,000, below the 30 s of a send. */
  timeout?: number
}

/** Sends requests to one server over HTTP/2. */
export interface Http2Client {
  /**
   * Sends a POST. What the server did not process, because it refused the stream or said GOAWAY, is sent again over another
   * connection.
   * @throws Http2Error
   */
  post(request: Http2Request): Promise<Http2Answer>
  /** Ends when the requests that are under way have, which are cut off after five seconds. */
  close(): Promise<void>
}

const CONNECTIONS = 4
const TIMEOUT_MS = 25_000
const CLOSE_MS = 5000
/**
 * A server that freezes for ten seconds and goes on has not lost its requests, so nothing is sent twice. One that is silent
 * for 15 s is dead.
 */
const TIMES: ConnectionTimes = { connect: 10_000, silence: 5000, idle: 60_000, pong: 10_000 }

/**
 * A pool of sessions to one server. It opens one when those that it has are full, up to `connections`, and sends as many
 * streams over each as the server allows at that moment.
 */
export function http2Client(origin: string, options: Http2ClientOptions = {}): Http2Client {
  const { connections: most = CONNECTIONS, timeout = TIMEOUT_MS, ...times } = options
  const connections = new Set<Connection>()
  const waiting: Exchange[] = []
  const closing = Promise.withResolvers<void>()
  let isClosing = false

  function dispatch(): void {
    while (waiting.length > 0) {
      if (waiting[0]!.isSettled) {
        waiting.shift()
        continue
      }
      const connection = roomiest()
      if (!connection) break
      connection.send(waiting.shift()!)
    }
    if (waiting.length > 0 && connections.size < most && !isConnecting()) open()
    if (isClosing && waiting.length === 0) for (const connection of connections) connection.close()
  }

  function roomiest(): Connection | undefined {
    let best: Connection | undefined
    for (const connection of connections) if (connection.free > (best?.free ?? 0)) best = connection
    return best
  }

  function isConnecting(): boolean {
    for (const connection of connections) if (connection.isUsable && !connection.isEstablished) return true
    return false
  }

  function open(): void {
    const connection: Connection = new Connection(
      origin,
      { ...TIMES, ...times },
      {
        changed: dispatch,
        unprocessed(exchange) {
          if (exchange.mayResend()) waiting.unshift(exchange)
        },
        closed(error) {
          connections.delete(connection)
          if (error) unreachable(error)
          dispatch()
          if (isClosing && connections.size === 0) closing.resolve()
        },
      },
    )
    connections.add(connection)
  }

  /** What waits while nothing else is connected would only find the same. */
  function unreachable(error: Error): void {
    if (connections.size > 0) return
    for (const exchange of waiting.splice(0)) exchange.fail(notConnected(error))
  }

  return {
    post(request) {
      const exchange = new Exchange(request, timeout)
      if (isClosing) exchange.fail(closed())
      else waiting.push(exchange)
      dispatch()
      return exchange.promise
    },
    async close() {
      isClosing = true
      dispatch()
      if (connections.size === 0) closing.resolve()
      const cutOff = setTimeout(() => {
        for (const exchange of waiting.splice(0)) exchange.fail(closed())
        for (const connection of connections) connection.destroy()
      }, CLOSE_MS)
      await closing.promise
      clearTimeout(cutOff)
    },
  }
}

function closed(): Http2Error {
  return new Http2Error('the client is closed', { sent: 'no', code: 'ECANCELED' })
}

function notConnected(error: Error): Http2Error {
  return new Http2Error(`no connection: ${error.message}`, { sent: 'no', code: errorCode(error), cause: error })
}
