import type { RealtimeMessage } from '@carillon/contract'
import type { UserConnection } from '@carillon/hub'
import { serverToUserChannel } from '../channel-name.ts'
import { channelEvent } from '../events.ts'
import type { Connection } from './connection.ts'
import { endings } from './ending.ts'

/** Notifies a signed-in connection on the user's own channel, if it has subscribed to it. */
export class ChannelsUserConnection implements UserConnection {
  readonly #connection: Connection
  readonly #channel: string

  constructor(connection: Connection, user: string) {
    this.#connection = connection
    this.#channel = serverToUserChannel(user)
  }

  notify({ event, data }: RealtimeMessage): boolean {
    const { app, parts } = this.#connection
    if (!parts.namespace.isOn(this.#connection, { app: app.id, name: this.#channel })) return false
    this.#connection.send(channelEvent(this.#channel, event, typeof data === 'string' ? data : JSON.stringify(data)))
    return true
  }

  terminate(): void {
    this.#connection.close(endings.terminated)
  }
}
