import { once } from 'node:events'
import type { App } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { publish } from '../../packages/protocol-channels/publish.ts'
import { channelText, sign, userText } from '../../packages/protocol-channels/signature.ts'
import type { RealtimeNode } from './realtime.ts'

/** A message as it came, but for `data`, which is read where it is JSON within JSON. */
interface Heard {
  event: string
  channel?: string
  data?: unknown
  user_id?: string
}

/** A client of Pusher Channels that knows nothing of the protocol but its frames. */
export interface ChannelsSocket {
  /** The socket id that the server gave it. */
  id: string
  /** The frames as they came. */
  raw: string[]
  /** Messages that were received and not read yet. */
  heard: Heard[]
  /** Code and reason, once it has ended. */
  closed: Promise<string>
  send(frame: object | string): void
  /** Waits for a message, and takes it. */
  hears(event: string, channel?: string): Promise<Heard>
  /** Waits until the server has handled all sent messages, and returns the received ones that were not read yet. */
  rest(): Promise<Heard[]>
  /** Subscribes with whatever authority the channel asks for, and waits for the answer. */
  joins(channel: string, member?: object): Promise<Heard>
  signsIn(user: string | object): Promise<Heard>
  end(): void
}

/** Waits until the connection is established. */
export async function dial(node: { port: number }, app: App): Promise<ChannelsSocket> {
  const socket = dialTarget(node, `/app/${app.key}?protocol=7&client=js&version=8.6.0&flash=false`, app)
  const { data } = await socket.hears('pusher:connection_established')
  return Object.assign(socket, { id: (data as { socket_id: string }).socket_id })
}

export function dialTarget(node: { port: number }, target: string, app?: App): ChannelsSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${node.port}${target}`)
  const raw: string[] = []
  const heard: Heard[] = []
  socket.on('message', (text: Buffer) => {
    raw.push(text.toString())
    heard.push(read(text.toString()))
  })
  onTestFinished(() => socket.terminate())
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => `${Number(code)} ${String(reason)}`)
  const client: ChannelsSocket = {
    id: '',
    raw,
    heard,
    closed,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    async hears(event, channel) {
      const fits = (one: Heard) => one.event === event && (channel === undefined || one.channel === channel)
      const at = await waitFor(() => heard.findIndex(fits) + 1, { what: `${event} ${channel ?? ''}` })
      return heard.splice(at - 1, 1)[0]!
    },
    async rest() {
      client.send({ event: 'pusher:ping', data: {} })
      await client.hears('pusher:pong')
      return heard.splice(0)
    },
    async joins(channel, member) {
      client.send(subscription(app!, client.id, channel, member))
      return client.hears('pusher_internal:subscription_succeeded', channel)
    },
    async signsIn(user) {
      client.send(signingIn(app!, client.id, typeof user === 'string' ? { id: user } : user))
      return client.hears('pusher:signin_success')
    },
    end: () => socket.close(),
  }
  return client
}

/** As pusher-js asks for a channel once the application has signed it. @param member text as it is, or JSON of it */
export function subscription(app: App, id: string, channel: string, member?: object | string): object {
  const channelData = typeof member === 'object' ? JSON.stringify(member) : member
  const isSigned = /^(?:private|presence)-/.test(channel)
  const auth = isSigned ? `${app.key}:${sign(app.secrets[0]!.secret, channelText(id, channel, channelData))}` : ''
  return {
    event: 'pusher:subscribe',
    data: { channel, auth, ...(member !== undefined && { channel_data: channelData }) },
  }
}

export function signingIn(app: App, id: string, user: object): object {
  const userData = JSON.stringify(user)
  const auth = `${app.key}:${sign(app.secrets[0]!.secret, userText(id, userData))}`
  return { event: 'pusher:signin', data: { auth, user_data: userData } }
}

/** As the application does over HTTP. */
export function trigger(
  { hub }: RealtimeNode,
  app: App,
  message: { channel: string; event?: string; data?: string; except?: string },
): Promise<void> {
  const namespace = hub.openNamespace({ protocol: 'channels' })
  return publish({ hub, namespace }, { app: app.id, event: 'news', data: '{"n":1}', ...message })
}

function read(text: string): Heard {
  const frame = JSON.parse(text) as Heard
  if (typeof frame.data !== 'string') return frame
  try {
    return { ...frame, data: JSON.parse(frame.data) as unknown }
  } catch {
    return frame
  }
}
