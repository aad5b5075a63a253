import type { AppDirectory, Logger, Sessions } from '@carillon/contract'
import type { SessionAnswer, ServerMessage, SessionConnection } from '@carillon/contract/session-messages'
import type { Hub, Rate } from '@carillon/hub'
import * as z from 'zod'
import type { Recordings } from '../archives/recordings.ts'
import type { IceOptions } from '../ice.ts'
import type { Rooms } from '../room/rooms.ts'
import type { Participant } from '../room/participant.ts'
import type { EndReason, RoomId } from '../room/session-events.ts'
import type { Act, SessionGrant } from '../token.ts'
import type { Departures, SessionEnding } from './endings.ts'

/** Dependencies of the protocol's connections. */
export interface SessionSocketDeps {
  hub: Hub
  apps: AppDirectory
  sessions: Sessions
  rooms: Rooms
  ice: IceOptions
  /** Records what publishers send to archives. */
  recordings: Recordings
  departures: Departures
  log: Logger
}

/** A connected client, as the commands and orders see it. */
export interface SessionClient {
  readonly id: string
  readonly deps: Pick<SessionSocketDeps, 'rooms' | 'ice' | 'recordings'>
  readonly room: RoomId
  readonly self: SessionConnection
  readonly grant: SessionGrant
  readonly rates: Readonly<Record<'signals' | 'relays' | 'others', Rate>>
  readonly subscriptions: Subscriptions
  /** Sends a message, after everything that was published before. */
  send(message: ServerMessage | SessionAnswer<string | number | undefined>): void
  close(ending: SessionEnding, why?: EndReason): void
}

/** Streams: many more than anyone watches at a time. */
const MOST = 1000

/** The streams that a connection asked for. Only calls for these may be offered to it. */
export class Subscriptions {
  readonly #streams = new Set<string>()

  add(streamId: string): void {
    this.#streams.add(streamId)
    // The oldest has most likely ended: the end of a stream is not reported here.
    if (this.#streams.size > MOST) for (const oldest of this.#streams.values().take(1)) this.#streams.delete(oldest)
  }

  delete(streamId: string): void {
    this.#streams.delete(streamId)
  }

  has(streamId: string): boolean {
    return this.#streams.has(streamId)
  }
}

/** A command that a client may send. */
export interface Command<Fields> {
  fields: z.ZodType<Fields>
  /** What its role must allow; absent: anyone may. */
  needs?: Act
  /** Which of the connection's rates it counts against. */
  rate: keyof SessionClient['rates']
  /**
   * @returns further fields of the answer
   * @throws Refusal
   */
  run(context: CommandContext, fields: Fields): Promise<object | void>
}

export interface CommandContext {
  client: SessionClient
  participant: Participant
}

/** Infers the type of the fields. */
export function command<Fields>(given: Command<Fields>): Command<Fields> {
  return given
}

/** Bytes of UTF-8. */
export function bytes(most: number) {
  return z.string().refine((text) => Buffer.byteLength(text) <= most, `must be at most ${most} bytes`)
}

/** The id of a connection or of a stream. */
export const id = z.string().min(1).max(64)
