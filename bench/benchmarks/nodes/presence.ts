import { setTimeout as pause } from 'node:timers/promises'
import { type Benchmark, contest, type Contender } from '../../benchmark.ts'
import { cpuWhile } from '../../cpu.ts'
import { summary } from '../../delays.ts'
import type { Meter } from '../../meter.ts'
import { inTurn, SIZES, startNodes, sum } from '../../nodes/fleet.ts'
import { Guest } from '../../nodes/guest.ts'
import { Rooms } from '../../nodes/rooms.ts'
import type { Role } from '../../role.ts'
import { openStage } from '../stage.ts'

const JOINS_PER_MINUTE = 10_000
const JOINS = 2_000
const ROOMS = 10
/** Half of them are in a room at a time. */
const GUESTS = 200

export const nodesPresence: Benchmark = {
  name: 'nodes-presence',
  group: 'nodes',
  work:
    `${JOINS_PER_MINUTE.toLocaleString('en')} joins and as many leaves a minute in ${ROOMS} rooms over all nodes, ` +
    'until every node has the whole view; CPU in % of a core',
  targets: [],
  rounds: 3,
  async open() {
    const stage = await openStage(0)
    const meter = await stage.meter()
    const contenders: Contender[] = []
    for (const size of SIZES) {
      const nodes = await startNodes(stage, size)
      contenders.push(await churning(nodes, meter))
    }
    return contest(contenders, stage.close)
  },
}

async function churning(nodes: readonly Role[], meter: Meter): Promise<Contender> {
  const pids = nodes.map(({ pid }) => pid)
  // As many watchers for each number of nodes, so that what they are told costs the same
  const rooms = await Rooms.open(inTurn(nodes, SIZES[0]), ROOMS)
  const churn = new Churn(rooms, await Promise.all(inTurn(nodes, GUESTS).map(({ port }) => Guest.open(port))))
  return {
    name: `${nodes.length} nodes`,
    async round() {
      const [before, begun] = [await meter.read(), performance.now()]
      let delays: number[] = []
      const nodesUs = await cpuWhile(pids, async () => (delays = await churn.run(JOINS)))
      const coreUs = (performance.now() - begun) * 1000
      const redisUs = (await meter.read()).redisUs - before.redisUs
      await rooms.verify()
      const { p50, p99 } = summary(delays)
      return {
        'joins/min': (JOINS * 60 * 1_000_000) / coreUs,
        'nodes %': (sum(nodesUs) * 100) / coreUs,
        'busiest node %': (Math.max(...nodesUs) * 100) / coreUs,
        'Redis %': (redisUs * 100) / coreUs,
        'join p50 ms': p50,
        'join p99 ms': p99,
      }
    },
  }
}

/** Guests who join a room under a new name each time, and leave it again. */
class Churn {
  readonly #rooms: Rooms
  readonly #guests: readonly Guest[]
  readonly #names: string[] = []
  #turn = 0

  constructor(rooms: Rooms, guests: readonly Guest[]) {
    this.#rooms = rooms
    this.#guests = guests
  }

  /** One joins and another leaves, at an even pace. @returns milliseconds of each join, once all were told of everything */
  async run(joins: number): Promise<number[]> {
    const [begun, every] = [performance.now(), 60_000 / JOINS_PER_MINUTE]
    const delays: Promise<number>[] = []
    for (let n = 0; n < joins; n++) {
      await pause(Math.max(0, begun + n * every - performance.now()))
      delays.push(this.#next())
    }
    const all = await Promise.all(delays)
    await this.#rooms.settled()
    return all
  }

  async #next(): Promise<number> {
    const turn = this.#turn++
    this.#leave((turn + this.#guests.length / 2) % this.#guests.length)
    const n = turn % this.#guests.length
    const name = (this.#names[n] = `guest-${turn}`)
    const begun = performance.now()
    await this.#rooms.join(this.#guests[n]!, this.#roomOf(n), name)
    return performance.now() - begun
  }

  #leave(n: number): void {
    const name = this.#names[n]
    if (name !== undefined) this.#rooms.leave(this.#guests[n]!, this.#roomOf(n), name)
  }

  /** Each room has guests on all nodes. */
  #roomOf(n: number): string {
    const { names } = this.#rooms
    return names[Math.floor(n / SIZES[0]) % names.length]!
  }
}
