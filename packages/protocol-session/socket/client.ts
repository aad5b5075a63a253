import type { AppDirectory, Logger, Sessions } from '@carillon/contract'
import type { SessionAnswer, ServerMessage, SessionConnection } from '@carillon/contract/session-messages'
import type { Hub, Rate } from '@carillon/hub'
import type { Recordings } from '../archives/media/recordings.ts'
import type { IceOptions } from '../ice.ts'
import type { HubRooms } from '../room/hub-rooms.ts'
import type { EndReason } from '../room/room.ts'
import type { Place } from '../room/session-events.ts'
import type { Grant } from '../token/grant.ts'
import type { Departures } from './departures.ts'
import type { Ending } from './ending.ts'

/** Dependencies of the protocol's connections. */
export interface SessionSocketParts {
  hub: Hub
  apps: AppDirectory
  sessions: Sessions
  rooms: HubRooms
  ice: IceOptions
  /** Of what publishers send to archives. */
  recordings: Recordings
  departures: Departures
  log: Logger
}

/** A connected client, as the commands and orders see it. */
export interface SessionClient {
  readonly id: string
  readonly parts: Pick<SessionSocketParts, 'rooms' | 'ice' | 'recordings'>
  readonly place: Place
  readonly self: SessionConnection
  readonly grant: Grant
  readonly rates: Readonly<Record<'signals' | 'relays' | 'others', Rate>>
  readonly subscriptions: Subscriptions
  /** Sends a message, after everything that was published before. */
  send(message: ServerMessage | SessionAnswer<string | number | undefined>): void
  close(ending: Ending, why?: EndReason): void
}

/** Streams: many more than anyone watches at a time. */
const MOST = 1000

/** The streams that a connection asked for: only of these may it be offered a call. */
export class Subscriptions {
  readonly #streams = new Set<string>()

  add(streamId: string): void {
    this.#streams.add(streamId)
    // The oldest has most likely ended: nobody says when a stream does.
    if (this.#streams.size > MOST) for (const oldest of this.#streams.values().take(1)) this.#streams.delete(oldest)
  }

  delete(streamId: string): void {
    this.#streams.delete(streamId)
  }

  has(streamId: string): boolean {
    return this.#streams.has(streamId)
  }
}
