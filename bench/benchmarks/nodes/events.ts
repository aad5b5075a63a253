import { type Benchmark, contest, type Contender } from '../../benchmark.ts'
import { cpuWhile } from '../../cpu.ts'
import type { Subscribers } from '../../fanout/subscribers.ts'
import type { Meter } from '../../meter.ts'
import { EventLoad, inTime, subscribersOf } from '../../nodes/events.ts'
import { inTurn, SIZES, startNodes, sum } from '../../nodes/fleet.ts'
import type { Role } from '../../role.ts'
import { openStage } from '../stage.ts'

const EVENTS = 8_000
/** Through each node beforehand: V8 has compiled what it will then, however few of a round's events a node gets. */
const WARM_UP = 4_000
/** To each node: as many requests of one tick are answered together, which costs less, however many nodes there are. */
const CONNECTIONS = 16
/** As many for each number of nodes, so that what they are sent costs the same. */
const SUBSCRIBERS = 8

/** The nodes that have subscribers, by the name of their channel. Half of two is one. */
function places(nodes: readonly Role[]): Map<string, readonly Role[]> {
  const half = nodes.slice(0, nodes.length / 2)
  return new Map([['all', nodes], ...(half.length > 1 ? [['half', half] as const] : []), ['one', nodes.slice(0, 1)]])
}

export const nodesEvents: Benchmark = {
  name: 'nodes-events',
  group: 'nodes',
  work: `signed events through all nodes, ${CONNECTIONS} connections to each, ${SUBSCRIBERS} subscribers on all, half or one of them`,
  targets: [],
  rounds: 3,
  async open() {
    const stage = await openStage(0)
    const meter = await stage.meter()
    const contenders: Contender[] = []
    for (const size of SIZES) {
      const nodes = await startNodes(stage, size)
      const load = new EventLoad(nodes, CONNECTIONS)
      await load.publish('nobody', WARM_UP)
      for (const [channel, some] of places(nodes)) {
        const subscribers = await subscribersOf(channel, inTurn(some, SUBSCRIBERS))
        stage.atEnd(async () => subscribers.close())
        contenders.push(publishing({ channel, nodes, load, subscribers, meter }))
      }
    }
    return contest(contenders, stage.close)
  },
}

interface Publishing {
  channel: string
  nodes: readonly Role[]
  load: EventLoad
  subscribers: Subscribers
  meter: Meter
}

/** @returns costs of an event, in µs of CPU */
function publishing({ channel, nodes, load, subscribers, meter }: Publishing): Contender {
  const pids = nodes.map(({ pid }) => pid)
  const publishAll = async () => {
    const arrived = inTime(subscribers.expect(EVENTS * SUBSCRIBERS), subscribers)
    await Promise.all([arrived, load.publish(channel, EVENTS / nodes.length)])
  }
  return {
    name: `${nodes.length} nodes, subscribers on ${channel}`,
    async round() {
      const [before, begun] = [await meter.read(), performance.now()]
      const nodesUs = await cpuWhile(pids, publishAll)
      const took = performance.now() - begun
      const redisUs = ((await meter.read()).redisUs - before.redisUs) / EVENTS
      return {
        'events/s': (EVENTS * 1000) / took,
        'nodes µs': sum(nodesUs) / EVENTS,
        'busiest node µs': Math.max(...nodesUs) / EVENTS,
        'Redis µs': redisUs,
        'Redis full at/s': 1e6 / redisUs,
      }
    },
  }
}
