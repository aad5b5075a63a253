import type { Protocol } from '@carillon/contract'
import { Attendance } from './archives/attendance.ts'
import { ArchiveSweeper } from './archives/sweeper.ts'
import { Recordings } from './archives/media/recordings.ts'
import { Recorder } from './archives/recorder.ts'
import { defaultTimes } from './archives/times.ts'
import { Reporter } from './callbacks/reporter.ts'
import type { SessionOptions, SessionDeps } from './deps.ts'
import { httpHandler } from './rest/api.ts'
import { HubRooms } from './room/hub-rooms.ts'
import { Departures } from './socket/departures.ts'
import { socketHandler } from './socket/socket-handler.ts'

const NO_ICE = { urls: [], ttl: 0 }

/** Sessions, tokens and archives as OpenTok's SDKs for servers know them; clients join in a protocol of our own. */
export function sessionProtocol(options: SessionOptions): Protocol {
  const { archiveTimes, ice = NO_ICE, media } = options
  const rooms = new HubRooms(options)
  const departures = new Departures()
  const reporter = new Reporter(options)
  const recorder = new Recorder({ ...options, rooms, reporter })
  const recordings = new Recordings({ media, files: options.archives.files, recorder, ice, log: options.log })
  const parts: SessionDeps = { ...options, rooms, reporter, recorder }
  const attendance = new Attendance(parts)
  const sweeper = new ArchiveSweeper({ ...parts, attendance, times: { ...defaultTimes, ...archiveTimes } })
  rooms.onEvent((event) => {
    recorder.happened(event)
    recordings.happened(event)
    attendance.happened(event)
    reporter.happened(event)
  })
  return {
    name: 'session',
    http: httpHandler(parts),
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
