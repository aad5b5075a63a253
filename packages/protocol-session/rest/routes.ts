import { archiveLayout } from './archives/layout.ts'
import { archiveStreams } from './archives/streams.ts'
import { getArchive } from './archives/get.ts'
import { listArchives } from './archives/list.ts'
import { removeArchive } from './archives/remove.ts'
import { startArchive } from './archives/start.ts'
import { stopArchive } from './archives/stop.ts'
import { addCallback } from './callbacks/add.ts'
import { listCallbacks } from './callbacks/list.ts'
import { removeCallback } from './callbacks/remove.ts'
import type { Route } from './call.ts'
import { notServed } from './not-served.ts'
import { disconnect } from './sessions/disconnect.ts'
import { getStream } from './sessions/get-stream.ts'
import { listStreams } from './sessions/list-streams.ts'
import { muteAll } from './sessions/mute-all.ts'
import { muteStream } from './sessions/mute-stream.ts'
import { setLayout } from './sessions/set-layout.ts'
import { signal } from './sessions/signal.ts'

/** Below `/v2/project/{key}`. */
export const routes: readonly Route[] = [
  startArchive,
  stopArchive,
  getArchive,
  listArchives,
  removeArchive,
  archiveStreams,
  archiveLayout,
  signal,
  disconnect,
  getStream,
  listStreams,
  setLayout,
  muteStream,
  muteAll,
  addCallback,
  listCallbacks,
  removeCallback,
  notServed,
]
