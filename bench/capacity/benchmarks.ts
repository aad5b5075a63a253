import { summary } from '../delays.ts'
import { broadcastTo } from './broadcast.ts'
import { benchmarked, type Installation } from './installation.ts'
import { costs, fanout, measuredOn, memory, RECORD_SHARE, type results } from './measured.ts'
import { accepting, dispatching, drain } from './pushes.ts'

/* What bench/benchmarks measures, simulated from the costs of an item. */

const ITEMS = 4000
const SINGLE_PUSHES = 300
const US_PER_S = 1_000_000

type Benchmark = keyof typeof results

/** Each comes to the figure that `results` has under the same name. */
export const simulations: Readonly<Record<Benchmark, () => number | Promise<number>>> = {
  accept: () => rate(ITEMS, benchmarked(), accept),
  deliver: () => rate(ITEMS, benchmarked(), (on) => drain(on, on.workers[0]!, { pushes: ITEMS, cost: costs.deliver })),
  deliverInCost: () => simulations.deliver(),
  deliverByThree: () => rate(ITEMS, benchmarked({ workers: 3 }), deliverByThree),
  flow: () => rate(ITEMS, benchmarked(), flow),
  broadcast: () => rate(10 * ITEMS, benchmarked(), (on) => broadcastTo(10 * ITEMS, on)),
  publish: () => rate(ITEMS, benchmarked(), publish),
  latency,
  connections: () => connectionKb(10_000),
  fanoutBy10: () => fanoutRate(10),
}

async function rate(items: number, on: Installation, work: (on: Installation) => Promise<unknown>): Promise<number> {
  await on.clock.run(work(on))
  return (items * US_PER_S) / on.clock.now
}

function accept(on: Installation): Promise<unknown> {
  const { receive, answer } = accepting(on, on.apis[0]!)
  return overConnections(async () => {
    await receive()
    await answer()
  })
}

function deliverByThree(on: Installation): Promise<unknown> {
  const share = { pushes: Math.ceil(ITEMS / on.workers.length), cost: costs.deliverByThree }
  return Promise.all(on.workers.map((worker) => drain(on, worker, share)))
}

async function flow(on: Installation): Promise<void> {
  const { receive, answer } = accepting(on, on.apis[0]!)
  const { call, record } = dispatching(on, on.workers[0]!)
  const recorded: Promise<void>[] = []
  await overConnections(async () => {
    await receive()
    recorded.push(call().then(() => record()))
    await answer()
  })
  await Promise.all(recorded)
}

function publish({ client, kernel, apis: [realtime], redis }: Installation): Promise<unknown> {
  return overConnections(async () => {
    await client.work(costs.http.client)
    await kernel.work(costs.http.kernel / 2)
    await realtime!.work(costs.publish.realtime / 2)
    await redis.work(costs.publish.redis)
    await realtime!.work(costs.publish.realtime / 2)
    await kernel.work(costs.http.kernel / 2)
  })
}

/** Milliseconds from the answer of a push to the call of its sender, while nothing else happens: the median. */
async function latency(): Promise<number> {
  const on = benchmarked()
  const { call, record } = dispatching(on, on.workers[0]!)
  const took: number[] = []
  const pushOne = async () => {
    await on.clock.wait(5000 + 10_000 * on.random())
    await on.apis[0]!.work(0) // the API is awake when it answers
    const answered = on.clock.now
    await on.apis[0]!.work(costs.redisClient)
    await call()
    took.push((on.clock.now - answered) / 1000)
    await record()
  }
  const pushAll = async () => {
    while (took.length < SINGLE_PUSHES) await pushOne()
  }
  await on.clock.run(pushAll())
  return summary(took).p50
}

/** Each connection sends its next request when it has the answer to its last one. */
async function overConnections(request: () => Promise<void>): Promise<void> {
  let remaining = ITEMS
  const connection = async () => {
    while (remaining-- > 0) await request()
  }
  await Promise.all(Array.from({ length: measuredOn.connections }, connection))
}

/** What a connection takes of a process that has this many. */
export function connectionKb(connections: number): number {
  return memory.connectionKb + (memory.youngGenerationMb * 1024) / connections
}

/** Deliveries a second: in each burst a socket is written to once, and each message is added to what is written. */
export function fanoutRate(burst: number): number {
  const [us1, us200] = [US_PER_S / fanout.by1, US_PER_S / fanout.by200]
  const messageUs = (200 * us200 - us1) / 199
  return US_PER_S / (messageUs + (us1 - messageUs) / burst)
}

/** CPU of a single push that is delivered at once, in µs, by part. */
export const pushUs = {
  'API process (one thread)': costs.accept.api,
  'worker process (one thread)': costs.dispatched.worker,
  'core of Postgres, in large batches': costs.accept.postgres + costs.deliver.postgres * RECORD_SHARE,
  'Redis (one thread)': costs.accept.redis + costs.deliver.redis,
}
