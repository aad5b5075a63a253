import type { App } from '@carillon/contract'
import type { Rate, HubSession, UserConnection } from '@carillon/hub'
import type { ChannelsParts } from '../parts.ts'
import type { Ending } from './ending.ts'
import type { SubscriptionCounts } from './subscription-counts.ts'

/** Dependencies of the protocol's connections. */
export interface ChannelsSocketParts extends ChannelsParts {
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
  readonly parts: ChannelsSocketParts
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
  close(ending: Ending, message?: string): void
}
