import type {
  AppDirectory,
  Archives,
  Callbacks,
  Logger,
  MediaRecorder,
  Protocol,
  SessionCallbacks,
  Sessions,
} from '@carillon/contract'
import type { Hub } from '@carillon/hub'
import { Attendance } from './archives/attendance.ts'
import { Recorder } from './archives/recorder.ts'
import { Recordings } from './archives/recordings.ts'
import { ArchiveSweeper, type ArchiveTimes, defaultTimes } from './archives/sweeper.ts'
import type { IceOptions } from './ice.ts'
import { Reporter } from './reporter.ts'
import { httpHandler } from './rest/api.ts'
import { Rooms } from './room/rooms.ts'
import { Departures } from './socket/endings.ts'
import { socketHandler } from './socket/socket-handler.ts'

export interface SessionProtocolOptions {
  hub: Hub
  apps: AppDirectory
  sessions: Sessions
  archives: Archives
  sessionCallbacks: SessionCallbacks
  /** Calls to the servers of apps, such as callbacks. */
  callbacks: Callbacks
  /** Servers through which clients reach each other; default: none, they are in one network. */
  ice?: IceOptions | undefined
  /** Records the media of archives; absent: they have none. */
  media?: MediaRecorder | undefined
  log: Logger
  /** The public URL of this server, for the addresses of archives; absent: the URL of the request. */
  publicUrl?: string | undefined
  /** Overrides some of the default times. */
  archiveTimes?: Partial<ArchiveTimes> | undefined
}

const NO_ICE = { urls: [], ttl: 0 }

/** Sessions, tokens and archives as OpenTok's SDKs for servers know them; clients join in a protocol of our own. */
export function sessionProtocol(options: SessionProtocolOptions): Protocol {
  const { archiveTimes, ice = NO_ICE, media } = options
  const rooms = new Rooms(options)
  const departures = new Departures()
  const reporter = new Reporter(options)
  const recorder = new Recorder({ ...options, rooms, reporter })
  const recordings = new Recordings({ media, files: options.archives.files, recorder, ice, log: options.log })
  const deps = { ...options, rooms, reporter, recorder }
  const attendance = new Attendance(deps)
  const sweeper = new ArchiveSweeper({ ...deps, attendance, times: { ...defaultTimes, ...archiveTimes } })
  rooms.onEvent((event) => {
    recorder.happened(event)
    recordings.happened(event)
    attendance.happened(event)
    reporter.happened(event)
  })
  return {
    name: 'session',
    http: httpHandler(deps),
    sockets: socketHandler({ ...options, rooms, ice, recordings, departures }),
    async stop() {
      await departures.done()
      await recordings.stop()
      await sweeper.stop()
      await attendance.stop()
      await recorder.drain()
      await reporter.stop()
    },
  }
}
