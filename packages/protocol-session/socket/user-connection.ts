import type { RealtimeMessage } from '@carillon/contract'
import type { UserConnection } from '@carillon/hub'
import type { Connection } from './connection.ts'
import { endings } from './ending.ts'

/**
 * The pusher that the application names in the connection data of a token: `{"pusher": "<id>"}`, with any other
 * fields. Undefined for connection data of any other form.
 */
export function pusherIn(connectionData: string): string | undefined {
  try {
    const { pusher } = Object(JSON.parse(connectionData)) as { pusher?: unknown }
    return typeof pusher === 'string' && pusher !== '' ? pusher : undefined
  } catch {
    return undefined
  }
}

/** Notifies the connection of a pusher. */
export class SessionUserConnection implements UserConnection {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  notify({ event, data }: RealtimeMessage): Promise<boolean> {
    return this.#connection.tellOnceIn({ type: 'push', event, data })
  }

  terminate(): void {
    this.#connection.close(endings.forced)
  }
}
