import { createHmac } from 'node:crypto'
import { createRequire } from 'node:module'
import { connect, type Socket } from 'node:net'
import type { App } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { onTestFinished } from 'vitest'
import type { SnapperNode } from './snapper.ts'

const require = createRequire(import.meta.url)

/** The official producer, whose package has no types. */
export interface OfficialProducer {
  sendMessage(room: string, message: string): this
  joinRoom(room: string, consumer: string): Thunk
  leaveRoom(room: string, consumer: string): Thunk
  request(method: string, params: unknown): Thunk
  signAuth(payload: object): string
  on(event: string, listener: (value: never) => void): this
  close(): void
}
type Thunk = (done: (error: { message: string; code?: number } | null, result?: unknown) => void) => void

/** The official consumer. */
export interface OfficialConsumer {
  consumerId: string | null
  connection: { transport: { name: string }; id: string; close(): void; write(text: string): void } | null
  onopen(): void
  onclose(): void
  onerror(error: unknown): void
  onmessage(event: { type: string; id: string; data: { params: string[] } }): void
  _respond(event: { id: string }): void
  _join(room: string, id: string): void
  request(method: string, params: unknown, done: (error: unknown, result: unknown) => void): this
  join(room: string): this
  connect(url: string, options: object): this
  close(): void
}

const Producer = require('snapper-producer') as new (port: number, host: string, options: object) => OfficialProducer
const Consumer = require('snapper-consumer') as new () => OfficialConsumer

interface ProducerOptions {
  secretKeys?: string[]
}

/** The official producer, closed when the test ends. */
export function producer(node: Pick<SnapperNode, 'producers'>, app: App, options: ProducerOptions = {}) {
  const secretKeys = options.secretKeys ?? [app.secrets[0]!.secret]
  const client = new Producer(node.producers, '127.0.0.1', { secretKeys, producerId: 'tests' })
  const errors: { message: string; code?: number }[] = []
  client.on('error', (error: never) => void errors.push(error))
  onTestFinished(() => client.close())
  const call = (thunk: Thunk) =>
    new Promise<unknown>((resolve, reject) => {
      thunk((error, result) => (error ? reject(error) : resolve(result)))
    })
  return {
    client,
    errors,
    request: (method: string, params: unknown) => call(client.request(method, params)),
    join: (room: string, id: string) => call(client.joinRoom(room, id)),
    leave: (room: string, id: string) => call(client.leaveRoom(room, id)),
  }
}

let users = 0

/** 24 hex digits that are unique. */
export function newUser(): string {
  return (++users).toString(16).padStart(24, '0')
}

export const inAnHour = () => Math.floor(Date.now() / 1000) + 3600

/** A token signed with HS256. */
export function tokenOf(app: App, claims: object, secret = app.secrets[0]!.secret): string {
  const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${text({ alg: 'HS256' })}.${text({ exp: inAnHour(), ...claims })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

interface Heard {
  id: string
  params: string[]
}

/** The official consumer, connected; closed when the test ends. */
export async function consumer(node: Pick<SnapperNode, 'url'>, token: string, options: object = {}) {
  const client = new Consumer()
  const batches: Heard[] = []
  const errors: unknown[] = []
  let opens = 0
  const listeners: Partial<OfficialConsumer> = {
    onopen: () => void opens++,
    onerror: (error) => void errors.push(error),
    onmessage: ({ id, data }) => void batches.push({ id, params: data.params }),
  }
  Object.assign(client, listeners)
  client.connect(node.url, { path: '/websocket', token, ...options })
  onTestFinished(() => end(client))
  await waitFor(() => opens === 1, {
    timeout: 15_000,
    what: `a consumer that is connected (${errors.map(String).join()})`,
  })
  return {
    client,
    id: client.consumerId!,
    batches,
    errors,
    transport: () => client.connection?.transport.name,
    /** Decides about each acknowledgement in the place of the client. */
    onAsked(decide: (acknowledge: () => void) => void) {
      // oxlint-disable-next-line no-underscore-dangle -- the client's own name
      const respond = client._respond.bind(client)
      Object.assign(client, { _respond: (event: { id: string }) => decide(() => respond(event)) })
    },
    messages: () => batches.flatMap(({ params }) => params),
    close: () => end(client),
  }
}

/** Its own close would have it connect again after a while. */
export function end(client: OfficialConsumer): void {
  client.connect = () => client
  client.close()
}

/** A producer byte by byte. */
export async function rawProducer(node: Pick<SnapperNode, 'producers'>) {
  const socket: Socket = connect(node.producers, '127.0.0.1')
  let text = ''
  let ended = false
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  socket.on('error', () => {}).on('close', () => (ended = true))
  onTestFinished(() => void socket.destroy())
  const frames = () => [...text.matchAll(/\$\d+\r\n(.*?)\r\n/gs)].map(([, json]) => JSON.parse(json!) as unknown)
  return {
    socket,
    frames,
    write: (bytes: string | Buffer) => void socket.write(bytes),
    say: (value: unknown) => void socket.write(bulk(JSON.stringify(value))),
    /** The answers, once there are so many. */
    hears: (count: number) => waitFor(() => frames().length >= count && frames()),
    ended: () => waitFor(() => ended),
  }
}

export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`
}

export function authFrame(token: string): string {
  return bulk(JSON.stringify({ jsonrpc: '2.0', id: 'auth', method: 'auth', params: [token] }))
}
