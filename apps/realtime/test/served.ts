import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type {
  ConnectionHandler,
  Handshake,
  Logger,
  Protocol,
  SocketHandler,
  ClientConnection,
} from '@carillon/contract'
import { createRealtime } from '@carillon/realtime'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

export const log: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** A protocol that remembers what it hears. */
export function ears(admit?: SocketHandler['admit']) {
  const connections: ClientConnection[] = []
  const heard: string[] = []
  const handshakes: Handshake[] = []
  const codes: number[] = []
  const handler: ConnectionHandler = { message: (text) => heard.push(text), closed: (code) => codes.push(code) }
  const open = (connection: ClientConnection) => (connections.push(connection), handler)
  const protocol: Protocol = {
    name: 'ears',
    sockets: {
      paths: ['/ears'],
      longestMessage: 1000,
      admit: admit ?? ((handshake) => (handshakes.push(handshake), { open })),
    },
  }
  return { protocol, connections, heard, handshakes, codes, closed: () => codes.length }
}

export async function serve(...protocols: Protocol[]) {
  const realtime = createRealtime({ protocols, log })
  const server = createServer((_, response) => response.end('http'))
  realtime.attach(server)
  const url = await listen(server)
  return { realtime, url }
}

export async function listen(server: ReturnType<typeof createServer>) {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function dial(url: string) {
  const socket = new WebSocket(url)
  const heard: string[] = []
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => `${Number(code)} ${String(reason)}`)
  socket.on('message', (data: Buffer) => heard.push(data.toString()))
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return { socket, heard, closed }
}

export function refusal(url: string): Promise<string> {
  const socket = new WebSocket(url)
  return new Promise((resolve) => {
    socket.on('error', () => {})
    socket.on('unexpected-response', (_, response) => {
      response.setEncoding('utf8').on('data', (text: string) => resolve(`${response.statusCode} ${text}`))
    })
  })
}
