import type { RealtimeMessage } from '@carillon/contract'
import type { Bell } from '@carillon/hub'
import { serverToUserChannel } from '../channel-name.ts'
import { channelEvent } from '../events.ts'
import type { Connection } from './connection.ts'
import { endings } from './ending.ts'

/** Rings a user's connection on the channel that is the user's own, if it is on that. */
export class UserBell implements Bell {
  readonly #connection: Connection
  readonly #channel: string

  constructor(connection: Connection, user: string) {
    this.#connection = connection
    this.#channel = serverToUserChannel(user)
  }

  ring({ event, data }: RealtimeMessage): boolean {
    const { app, parts } = this.#connection
    if (!parts.space.isOn(this.#connection, { app: app.id, name: this.#channel })) return false
    this.#connection.send(channelEvent(this.#channel, event, typeof data === 'string' ? data : JSON.stringify(data)))
    return true
  }

  terminate(): void {
    this.#connection.close(endings.terminated)
  }
}
