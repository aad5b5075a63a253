import type { AppDirectory, Logger, Sessions } from '@carillon/contract'
import type { Hub } from '@carillon/hub'
import type { Recordings } from '../archives/media/recordings.ts'
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
  /** Of what publishers send to archives. */
  recordings: Recordings
  departures: Departures
  log: Logger
}
