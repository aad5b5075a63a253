import type { AppDirectory, Callbacks, Logger, Sessions } from '@carillon/contract'
import type { Hub } from '@carillon/hub'
import type { Rooms } from './room/room.ts'

export interface SessionOptions {
  hub: Hub
  apps: AppDirectory
  sessions: Sessions
  /** Takes what apps' servers want to hear of. */
  callbacks: Callbacks
  log: Logger
}

/** What all sides of the protocol stand on. */
export interface SessionParts extends SessionOptions {
  rooms: Rooms
}
