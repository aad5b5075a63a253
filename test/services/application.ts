import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  authEndpoints,
  channelsFrom,
  onNode,
  type Channels,
  type ChannelsOptions,
  type User,
} from '@carillon/client/channels'
import { connectLive, type Live, type LiveOptions } from '@carillon/client/live'
import type { App } from '@carillon/contract'
import { onTestFinished } from 'vitest'
import type { RealtimeNode } from './realtime.ts'

/** What an application's server has of this node. */
export function channelsOn(node: RealtimeNode, app: App, options?: ChannelsOptions): Channels {
  const { key, secrets, id } = app
  const channels = channelsFrom(`http://${key}:${secrets[0]!.secret}@127.0.0.1:${node.port}/apps/${id}`, options)
  onTestFinished(channels.close)
  return channels
}

/** An application over HTTP, to which everybody is who the header `x-user` says. @returns its URL. */
export async function application(
  channels: Channels,
  rules: { users?: User[]; mayJoin?: (user: User, channel: string) => boolean } = {},
): Promise<string> {
  const { users = [], mayJoin = () => true } = rules
  const whoIs = ({ headers }: IncomingMessage) => {
    const id = headers['x-user']
    return typeof id === 'string' ? (users.find((user) => user.id === id) ?? { id }) : null
  }
  const endpoints = authEndpoints(channels, { whoIs, mayJoin })
  const server = createServer((request, response) => {
    void onNode(request.url === '/pusher/auth' ? endpoints.channel : endpoints.user)(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** @param user null: nobody is signed in to the application. */
export function liveOn(
  node: RealtimeNode,
  { key }: App,
  { at, user = null, ...options }: { at: string; user?: string | null } & Partial<LiveOptions>,
): Live {
  const live = connectLive({
    url: node.url,
    key,
    authEndpoint: `${at}/pusher/auth`,
    userAuthEndpoint: `${at}/pusher/user-auth`,
    headers: () => ({ ...(user !== null && { 'X-User': user }) }),
    ...options,
  })
  onTestFinished(live.close)
  return live
}
