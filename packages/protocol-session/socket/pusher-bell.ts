import type { RealtimeMessage } from '@carillon/contract'
import type { Bell } from '@carillon/hub'
import type { Connection } from './connection.ts'
import { endings } from './ending.ts'

/**
 * The pusher that a connection is of: `{"pusher": "<id>"}`, with whatever else, as the application says in the
 * connection data of its token. Connection data of any other kind names nobody.
 */
export function pusherIn(connectionData: string): string | undefined {
  try {
    const { pusher } = Object(JSON.parse(connectionData)) as { pusher?: unknown }
    return typeof pusher === 'string' && pusher !== '' ? pusher : undefined
  } catch {
    return undefined
  }
}

/** Rings a pusher's connection. */
export class PusherBell implements Bell {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  ring({ event, data }: RealtimeMessage): Promise<boolean> {
    return this.#connection.tellOnceIn({ type: 'push', event, data })
  }

  terminate(): void {
    this.#connection.close(endings.forced)
  }
}
