import type {
  AppDirectory,
  Archives,
  Callbacks,
  Logger,
  MediaRecorder,
  SessionCallbacks,
  Sessions,
} from '@carillon/contract'
import type { Hub } from '@carillon/hub'
import type { Recorder } from './archives/recorder.ts'
import type { ArchiveTimes } from './archives/times.ts'
import type { Reporter } from './callbacks/reporter.ts'
import type { IceOptions } from './ice.ts'
import type { Rooms } from './room/room.ts'

export interface SessionOptions {
  hub: Hub
  apps: AppDirectory
  sessions: Sessions
  archives: Archives
  sessionCallbacks: SessionCallbacks
  /** Takes what apps' servers want to hear of. */
  callbacks: Callbacks
  /** Where clients find a way to each other; default: nowhere, they are in one network. */
  ice?: IceOptions | undefined
  /** For the media of archives; absent: they have none. */
  media?: MediaRecorder | undefined
  log: Logger
  /** Where the outside world reaches this server, for the addresses of archives; absent: where a request came to. */
  publicUrl?: string | undefined
  /** Where these differ from the usual ones. */
  archiveTimes?: Partial<ArchiveTimes> | undefined
}

/** Dependencies that all handlers of the protocol share. */
export interface SessionDeps extends SessionOptions {
  rooms: Rooms
  reporter: Reporter
  recorder: Recorder
}
