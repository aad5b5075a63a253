import type { Protocol } from '@carillon/contract'
import { Attendance } from './archives/attendance.ts'
import { Keeper } from './archives/keeper.ts'
import { Recorder } from './archives/recorder.ts'
import { Reporter } from './callbacks/reporter.ts'
import type { SessionOptions, SessionParts } from './parts.ts'
import { httpSide } from './rest/http-side.ts'

const RETENTION_DAYS = 30

/** Sessions, tokens and archives as OpenTok's SDKs for servers know them. */
export function sessionProtocol(options: SessionOptions): Protocol {
  const { rooms, retentionDays = RETENTION_DAYS } = options
  const reporter = new Reporter(options)
  const recorder = new Recorder({ ...options, reporter })
  const parts: SessionParts = { ...options, reporter, recorder }
  const attendance = new Attendance(parts)
  const keeper = new Keeper({ ...parts, attendance, retentionDays })
  rooms.onEvent((event) => {
    recorder.happened(event)
    attendance.happened(event)
    reporter.happened(event)
  })
  return {
    name: 'session',
    http: httpSide(parts),
    async stop() {
      await keeper.stop()
      await attendance.stop()
      await recorder.drain()
      await reporter.stop()
    },
  }
}
