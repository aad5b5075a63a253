import type { Benchmark, Contender } from '../benchmark.ts'
import { summary } from '../delays.ts'
import { addPeople, queryKinds } from '../people.ts'
import { openStage } from './stage.ts'

const PUSHERS = 1_000_000
const QUERIES = 700
const PAGE = { from: 0, size: 10 }

export const search: Benchmark = {
  name: 'search',
  work: `${PUSHERS.toLocaleString('en')} pushers, ${queryKinds.length} kinds of queries in turn, one at a time, in ms`,
  targets: [{ figure: 'p99 ms', below: 50 }],
  async open() {
    const stage = await openStage(0)
    const { pushers } = stage.services
    await addPeople(stage.servers.databaseUrl, pushers, PUSHERS)
    const query = (n: number) => queryKinds[n % queryKinds.length]!(anyPusher())
    return {
      carillon: asking('search', (n) => pushers.search(1, query(n), PAGE)),
      baselines: [asking('SELECT by primary key', () => pushers.getMany(1, [`p${anyPusher()}`]))],
      close: stage.close,
    }
  },
}

const anyPusher = () => 1 + Math.floor(Math.random() * PUSHERS)

function asking(name: string, ask: (n: number) => Promise<unknown>): Contender {
  return {
    name,
    async round() {
      const delays: number[] = []
      for (let n = 0; n < QUERIES; n++) {
        const begun = performance.now()
        await ask(n)
        delays.push(performance.now() - begun)
      }
      const { p50, p99 } = summary(delays)
      return { 'p50 ms': p50, 'p99 ms': p99 }
    },
  }
}
