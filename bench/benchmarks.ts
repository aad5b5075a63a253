import type { Benchmark } from './benchmark.ts'
import { accept } from './benchmarks/accept.ts'
import { broadcastMillion } from './benchmarks/broadcast-million.ts'
import { broadcast } from './benchmarks/broadcast.ts'
import { connections } from './benchmarks/connections.ts'
import { consoleBenchmarks } from './benchmarks/console.ts'
import { cost } from './benchmarks/cost.ts'
import { deliver } from './benchmarks/deliver.ts'
import { embedded } from './benchmarks/embedded.ts'
import { fanout } from './benchmarks/fanout.ts'
import { flow } from './benchmarks/flow.ts'
import { latency } from './benchmarks/latency.ts'
import { mailBulk } from './benchmarks/mail-bulk.ts'
import { nodesEvents } from './benchmarks/nodes/events.ts'
import { nodesKill } from './benchmarks/nodes/kill.ts'
import { nodesPresence } from './benchmarks/nodes/presence.ts'
import { nodesPushes } from './benchmarks/nodes/pushes.ts'
import { nodesRedis } from './benchmarks/nodes/redis.ts'
import { peers } from './benchmarks/peers.ts'
import { publish } from './benchmarks/publish.ts'
import { push } from './benchmarks/push.ts'
import { pushMany } from './benchmarks/push-many.ts'
import { search } from './benchmarks/search.ts'
import { start } from './benchmarks/start.ts'
import { tenMillion } from './benchmarks/ten-million.ts'
import { templates } from './benchmarks/templates.ts'
import { unsubscribe } from './benchmarks/unsubscribe.ts'
import { years } from './benchmarks/years.ts'

/** In the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  accept,
  deliver,
  flow,
  cost,
  broadcast,
  broadcastMillion,
  mailBulk,
  templates,
  ...unsubscribe,
  push,
  embedded,
  latency,
  fanout,
  publish,
  connections,
  nodesEvents,
  nodesPresence,
  nodesKill,
  nodesRedis,
  nodesPushes,
  search,
  ...consoleBenchmarks,
  tenMillion,
  start,
  ...peers,
  pushMany,
  ...years,
]
