import type { PubSubOptions } from '../../baselines/pubsub.ts'
import { type Benchmark, contest, type Contender } from '../../benchmark.ts'
import { cpuWhile } from '../../cpu.ts'
import { sum } from '../../nodes/fleet.ts'
import { type RedisServers, startRedisCluster, startRedisServers } from '../../nodes/redis-servers.ts'
import { Program } from '../../program.ts'

const MESSAGES = 40_000
/** Of each topic, out of eight. */
const SUBSCRIBERS = [1, 8]
const FILE = new URL('../../baselines/pubsub.ts', import.meta.url).pathname

export const nodesRedis: Benchmark = {
  name: 'nodes-redis',
  group: 'nodes',
  work: 'messages between eight nodes by ioredis alone, to one or all of them: one Redis, three, and a cluster of three',
  targets: [],
  rounds: 3,
  async open() {
    const [one, three] = [await startRedisServers([[]]), await startRedisServers([[], [], []])]
    const cluster = await startRedisCluster()
    const kinds: [name: string, kind: PubSubOptions['kind'], servers: RedisServers][] = [
      ['one Redis', 'single', one],
      ['cluster, SPUBLISH', 'sharded', cluster],
      ['cluster, PUBLISH', 'cluster', cluster],
      ['three, topics by hash', 'hashed', three],
    ]
    const contenders: Contender[] = []
    const programs: Program[] = []
    for (const [name, kind, servers] of kinds) {
      const program = await Program.start(FILE, { urls: servers.urls, kind } satisfies PubSubOptions)
      programs.push(program)
      for (const count of SUBSCRIBERS) contenders.push(messaging(`${name}, to ${count}`, program, servers, count))
    }
    return contest(contenders, async () => {
      for (const each of [...programs, one, three, cluster]) await each.stop()
    })
  },
}

function messaging(name: string, program: Program, { cpuUs }: RedisServers, subscribers: number): Contender {
  return {
    name,
    async round() {
      await program.ask('subscribe', subscribers)
      const [before, begun] = [await cpuUs(), performance.now()]
      const clientUs = await cpuWhile([program.pid], () => program.ask('run', { messages: MESSAGES, subscribers }))
      const took = performance.now() - begun
      const redisUs = (await cpuUs()).map((us, n) => (us - before[n]!) / MESSAGES)
      await program.ask('unsubscribe')
      return {
        'messages/s': (MESSAGES * 1000) / took,
        'ioredis µs': sum(clientUs) / MESSAGES,
        'Redis µs': sum(redisUs),
        'busiest Redis µs': Math.max(...redisUs),
        'Redis full at/s': 1e6 / Math.max(...redisUs),
      }
    },
  }
}
