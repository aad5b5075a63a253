import { type Benchmark, type Contender, contest } from '../benchmark.ts'
import { startBroadcasting } from '../broadcasting.ts'
import { interrupted } from '../interrupted.ts'
import { addPeople, queryKinds } from '../people.ts'
import { delaysOf, questions } from '../searching.ts'
import { openStage, type Stage } from './stage.ts'

const MANY = Number(process.env.CARILLON_BENCH_PEOPLE ?? 10_000_000)
const FEW = MANY / 10
const QUERIES = 1400
const PAGES = 400
/** Sends that a worker may have started without an outcome. */
const IN_FLIGHT = 200

export const tenMillion: Benchmark = {
  name: 'ten-million',
  work: `${MANY.toLocaleString('en')} pushers beside ${FEW.toLocaleString('en')}: a broadcast to all, one with a pause and a kill, searches, the list`,
  targets: [
    { figure: 'µs each', atMost: 1.2 },
    { figure: 'CPU µs each', atMost: 1.2 },
    { figure: 'MB grown', below: 100 },
    { figure: 'lost', below: 1 },
    { figure: 'without outcome', below: 1 },
    { figure: 'sent again', below: IN_FLIGHT + 1 },
    { figure: 'search p99 ms', below: 50 },
    { figure: 'list p99 ms', below: 50 },
  ],
  rounds: 1,
  warmUp: false,
  onlyByName: true,
  async open() {
    const [few, many] = [await openStage(0), await openStage(0)]
    const close = async () => {
      await many.close()
      await few.close()
    }
    return contest([await among(many, MANY), await among(few, FEW)], close)
  },
}

async function among(stage: Stage, people: number): Promise<Contender> {
  await addPeople(stage.servers.databaseUrl, stage.services.pushers, people)
  const { client, start, warmUp, cost, halt } = await startBroadcasting(stage)
  const { search, list } = questions(stage.services, people)
  return {
    name: people.toLocaleString('en'),
    async prepare() {
      await delaysOf(queryKinds.length * 10, search)
      await start()
      await warmUp('city-oslo')
    },
    async round() {
      const searches = await delaysOf(QUERIES, search)
      const pages = await delaysOf(PAGES, list)
      const costs = await cost(people)
      await halt()
      return {
        ...costs,
        ...(await interrupted(stage, client, people)),
        'search p50 ms': searches.p50,
        'search p99 ms': searches.p99,
        'list p50 ms': pages.p50,
        'list p99 ms': pages.p99,
      }
    },
  }
}
