import type { Benchmark, Contender, Target } from '../benchmark.ts'
import { metered } from '../peers/metered.ts'
import type { PeerName } from '../peers/queue.ts'
import { carillonSide, peerSide, type Side } from '../peers/side.ts'
import { startRedis } from '../../test/services/redis.ts'
import { redis } from '../../test/services/programs.ts'
import { loaded } from './accept.ts'
import { sending } from './broadcast.ts'
import { delivering } from './deliver.ts'
import { flowing } from './flow.ts'
import { waiting } from './latency.ts'
import { openStage, type Stage } from './stage.ts'

/* Carillon beside what one would use instead. The first figure of each is the one that is compared. */

/** So many that the API is compiled and warm for most of a round. */
const PUSHES = 40_000
const BACKLOG = 20_000
const RECIPIENTS = 100_000

const [PG_BOSS, GRAPHILE, ROW] = ['pg-boss', 'graphile-worker', 'BullMQ + row']

export const peers: readonly Benchmark[] = [
  beside({
    name: 'peers-accept',
    work: 'signed form pushes over HTTP, 64 connections, one API process, each stored before its answer',
    targets: [{ figure: 'pushes/s', of: ROW, atLeast: 2.5 }],
    contend: (side) => metered(loaded(side.name, side.api.port, PUSHES), side, PUSHES),
  }),
  beside({
    name: 'peers-deliver',
    work: `${BACKLOG.toLocaleString('en')} already accepted, no-op handler, outcomes recorded, one worker process`,
    targets: [
      { figure: 'pushes/s', of: PG_BOSS, atLeast: 1 },
      { figure: 'pushes/s', of: GRAPHILE, atLeast: 0.7 },
    ],
    contend: (side) =>
      metered(
        delivering(side.name, side.worker, () => side.fill(BACKLOG), BACKLOG),
        side,
        BACKLOG,
      ),
  }),
  beside({
    name: 'peers-flow',
    work: 'pushes accepted over HTTP and delivered at once, until the last outcome is recorded',
    targets: [{ figure: 'pushes/s', of: ROW, atLeast: 3 }],
    contend: (side) => working(side, metered(flowing(side.name, side.api.port, side.worker, PUSHES), side, PUSHES)),
  }),
  beside({
    name: 'peers-broadcast',
    work: `one message to each of ${RECIPIENTS.toLocaleString('en')}, until every outcome is recorded`,
    targets: [{ figure: 'recipients/s', of: GRAPHILE, atLeast: 2 }],
    recipients: RECIPIENTS,
    contend(side) {
      const send = sending(side.name, side.worker, () => side.sendToAll(RECIPIENTS), RECIPIENTS)
      return working(side, metered(send, side, RECIPIENTS))
    },
  }),
  beside({
    name: 'peers-latency',
    work: 'idle system, push stored → handler called, in milliseconds',
    targets: [],
    pgBoss: 'pg-boss-notifying', // elsewhere it is faster without
    contend: (side) => working(side, waiting(side.name, side.worker, side.push)),
  }),
]

interface Work extends Pick<Benchmark, 'name' | 'work'> {
  targets: readonly Target[]
  recipients?: number
  pgBoss?: PeerName
  contend(side: Side): Contender
}

function beside({ recipients, pgBoss = 'pg-boss', contend, ...benchmark }: Work): Benchmark {
  return {
    ...benchmark,
    group: 'peers',
    async open() {
      const stage = await openStage(recipients)
      const carillon = contend(await carillonSide(stage))
      const bare = contend(await peerSide('BullMQ', stage, 'bullmq'))
      const others: Contender[] = []
      for (const side of await otherSides(stage, pgBoss)) others.push(contend(side))
      return { carillon, baselines: [bare, ...others], close: stage.close }
    },
  }
}

async function otherSides(stage: Stage, pgBoss: PeerName): Promise<Side[]> {
  const aofUrl = await redisThatSyncs(stage)
  return [
    ...(aofUrl ? [await peerSide('BullMQ, AOF always', stage, 'bullmq', aofUrl)] : []),
    await peerSide(ROW, stage, 'bullmq-row'),
    await peerSide(PG_BOSS, stage, pgBoss),
    await peerSide(GRAPHILE, stage, 'graphile-worker'),
  ]
}

/** A Redis that has written each command to the disk before it answers; undefined where there is no redis-server. */
async function redisThatSyncs(stage: Stage): Promise<string | undefined> {
  const program = redis.find()
  if (!program) {
    console.log('Without BullMQ on AOF always (install redis-server).')
    return undefined
  }
  const server = await startRedis(program, undefined, ['--appendonly', 'yes', '--appendfsync', 'always'])
  stage.atEnd(server.stop)
  return server.url
}

/** Its worker runs during its own rounds alone. */
function working({ worker }: Side, contender: Contender): Contender {
  return { ...contender, prepare: () => worker.ask('start'), settle: () => worker.ask('halt') }
}
