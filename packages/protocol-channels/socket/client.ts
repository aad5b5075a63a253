import type { App, ClientConnection } from '@carillon/contract'
import type { Rate, HubSession, UserConnection } from '@carillon/hub'
import type { ChannelsDeps } from '../deps.ts'
import { errorEvent } from '../events.ts'
import type { SubscriptionCounts } from './subscription-counts.ts'

/** Dependencies of the protocol's connections. */
export interface ChannelsSocketDeps extends ChannelsDeps {
  counts: SubscriptionCounts
}

/** The user that a connection has signed in as. */
export interface SignedIn {
  id: string
  /** Shown on presence channels. */
  info?: unknown
}

/** A connected client, as the commands that it sends see it. */
export interface ChannelsClient extends HubSession, UserConnection {
  readonly deps: ChannelsSocketDeps
  /** As of the last look-up. */
  readonly app: App
  user: SignedIn | undefined
  /** Limits the client events that it sends. */
  readonly clientEvents: Rate
  /** Looks the app up again, because its secrets may have changed. Null when it is gone or disabled: the connection is closed. */
  currentApp(): Promise<App | null>
  /** Sends a frame, after everything that was published before. */
  send(text: string): void
  /** Sends an error event: the client made a mistake, and stays connected. */
  complain(message: string, channel?: string, code?: number | null): void
  /** Holds back what channels deliver until `release`. */
  hold(): void
  release(): void
  /** The client has signed in or is on a private channel, so it is not closed for want of authorization. */
  authorized(): void
  /** Calls back once the connection is over; at once when it is. */
  atEnd(ending: () => Promise<unknown>): void
  /** @param message for the error event, when it says more than a close reason has room for */
  close(reason: CloseReason, message?: string): void
}

/** Why a connection ends: a code that official clients act on, and a sentence. */
export interface CloseReason {
  code: number
  reason: string
}

/** 4000: connect again, with TLS; to 4099: never again; to 4199: in a second; to 4299: at once. */
export const closeReasons = {
  tlsOnly: { code: 4000, reason: 'This app accepts only connections over TLS.' },
  unknownApp: { code: 4001, reason: 'No app has this key.' },
  disabledApp: { code: 4003, reason: 'This app is disabled.' },
  overQuota: { code: 4004, reason: 'This app has reached its limit of connections.' },
  badPath: { code: 4005, reason: 'Connect to /app/ and the key of an app.' },
  badVersion: { code: 4006, reason: 'The protocol version must be a whole number.' },
  unsupportedVersion: { code: 4007, reason: 'Only the protocol versions 5, 6 and 7 are supported.' },
  noVersion: { code: 4008, reason: 'The protocol version is missing, such as ?protocol=7' },
  notAuthorized: { code: 4009, reason: 'The user could not be signed in.' },
  neverAuthorized: { code: 4009, reason: 'The connection was not authorized in time.' },
  badOrigin: { code: 4009, reason: 'Pages of this origin may not connect to this app.' },
  terminated: { code: 4009, reason: 'The application ended the connections of this user.' },
  tooFast: { code: 4100, reason: 'Too many messages are waiting to be handled; reconnect.' },
  outOfReach: { code: 4100, reason: 'Redis or the database is unavailable; reconnect later.' },
} as const satisfies Record<string, CloseReason>

/** Codes of ends that are final. A client whose own code hears of errors, and not of closes, gets an error event for these. */
const FINAL_BELOW = 4100

/** Ends a connection, with an error event first where the end is final, as Pusher does. */
export function closeConnection(client: ClientConnection, { code, reason }: CloseReason, message = reason): void {
  if (code < FINAL_BELOW) client.send(errorEvent(code, message))
  client.close(code, reason)
}
