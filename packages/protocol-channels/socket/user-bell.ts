import { setTimeout as pause } from 'node:timers/promises'
import type { RealtimeMessage } from '@carillon/contract'
import type { Bell } from '@carillon/hub'
import { serverToUserChannel } from '../channel-name.ts'
import { channelEvent } from '../events.ts'
import type { Connection } from './connection.ts'
import { endings } from './ending.ts'

/** Milliseconds that a client has, once signed in, to ask for its user's channel. */
const LISTENS_WITHIN_MS = 2000
const LOOKS_EVERY_MS = 50

/** Rings a user's connection on the channel that is the user's own. */
export class UserBell implements Bell {
  readonly #connection: Connection
  readonly #channel: string
  readonly #signedInAt = performance.now()

  constructor(connection: Connection, user: string) {
    this.#connection = connection
    this.#channel = serverToUserChannel(user)
  }

  async ring({ event, data }: RealtimeMessage): Promise<boolean> {
    while (!this.#listens() && this.#mayListenYet()) await pause(LOOKS_EVERY_MS)
    if (!this.#listens()) return false
    this.#connection.send(channelEvent(this.#channel, event, typeof data === 'string' ? data : JSON.stringify(data)))
    return true
  }

  terminate(): void {
    this.#connection.close(endings.terminated)
  }

  #listens(): boolean {
    const { app, parts } = this.#connection
    return parts.space.isOn(this.#connection, { app: app.id, name: this.#channel })
  }

  /** Official clients ask for it a moment after they have signed in, and a push may come in between. */
  #mayListenYet(): boolean {
    return performance.now() - this.#signedInAt < LISTENS_WITHIN_MS
  }
}
