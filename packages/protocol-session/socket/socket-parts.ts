import type { AppDirectory, Logger, Sessions } from '@carillon/contract'
import type { Hub } from '@carillon/hub'
import type { IceOptions } from '../ice.ts'
import type { HubRooms } from '../room/hub-rooms.ts'
import type { Departures } from './departures.ts'

/** What connections stand on. */
export interface SocketParts {
  hub: Hub
  apps: AppDirectory
  sessions: Sessions
  rooms: HubRooms
  ice: IceOptions
  departures: Departures
  log: Logger
}
