import type { Benchmark, Contender } from '../benchmark.ts'
import { addPeople, queryKinds } from '../people.ts'
import { delaysOf, questions } from '../searching.ts'
import { openStage } from './stage.ts'

const PUSHERS = 1_000_000
const QUERIES = 700

export const search: Benchmark = {
  name: 'search',
  work: `${PUSHERS.toLocaleString('en')} pushers, ${queryKinds.length} kinds of queries in turn, one at a time, in ms`,
  targets: [{ figure: 'p99 ms', below: 50 }],
  async open() {
    const stage = await openStage(0)
    await addPeople(stage.servers.databaseUrl, stage.services.pushers, PUSHERS)
    const ask = questions(stage.services, PUSHERS)
    return {
      carillon: asking('search', ask.search),
      baselines: [asking('SELECT by primary key', ask.one)],
      close: stage.close,
    }
  },
}

function asking(name: string, ask: (n: number) => Promise<unknown>): Contender {
  return {
    name,
    async round() {
      const { p50, p99 } = await delaysOf(QUERIES, ask)
      return { 'p50 ms': p50, 'p99 ms': p99 }
    },
  }
}
