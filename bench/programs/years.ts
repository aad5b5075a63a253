import { randomUUID } from 'node:crypto'
import { connect, createWorker } from 'carillon'
import { answering } from '../answering.ts'
import type { Figures } from '../benchmark.ts'
import { inLanes } from '../lanes.ts'
import { insertPeople } from '../people.ts'
import { PUSHERS } from '../push-requests.ts'
import { Tally } from '../tally.ts'
import { type Lifetime, live } from '../years/live.ts'
import { look, sweep } from '../years/looks.ts'
import { KeptDatabase, onceFree, type Place, withDatabase } from '../years/place.ts'
import type { Traffic } from '../years/write-day.ts'

/* A database that lives through days, and then API and worker on it in one process. */

const LANES = 64

export interface Life {
  /** Servers, or the directory of an embedded database. */
  place: Exclude<Place, { dataDir: string }> | { dataDir: string }
  days: number
  traffic: Traffic
  /** How many there are. */
  people: number
}

const { place: given, days, traffic, people } = JSON.parse(process.argv[2]!) as Life
const embedded = 'dataDir' in given ? new KeptDatabase(given.dataDir) : undefined
const place = { ...given, embedded } as Place
const tally = new Tally()
let services: Awaited<ReturnType<typeof open>> | undefined

answering(
  {
    async live(): Promise<Lifetime> {
      const lifetime = await live(place, days, traffic)
      await withDatabase(place, async (run) => {
        await insertPeople(run, people)
        await run('vacuum analyze') // as Postgres does by itself within a minute
      })
      services = await open()
      return lifetime
    },
    async round({ pushes }: { pushes: number }): Promise<Figures> {
      return { ...(await look(services!, traffic.pushers)), ...(await sweep(services!)), ...(await flow(pushes)) }
    },
  },
  async () => {
    await services?.close()
    await embedded?.end()
  },
)

function open() {
  return onceFree(() => connect({ ...place, observer: tally.observer }))
}

/** µs of each push: accepted while no worker runs, and then delivered by a sender that does nothing. */
async function flow(pushes: number): Promise<Figures> {
  const api = services!.api(1)
  const batch = randomUUID()
  const accepting = performance.now()
  await inLanes(pushes, LANES, (n) => api.push('bench', `p${(n % PUSHERS) + 1}`, `${batch} ${n}`))
  const delivering = performance.now()
  const recorded = tally.commands.recorded(pushes)
  const worker = await createWorker(services!, { senders: [{ name: 'bench', send: async () => {} }] })
  await recorded
  const end = performance.now()
  await worker.stop()
  const each = (ms: number) => (ms * 1000) / pushes
  return { 'accept µs': each(delivering - accepting), 'deliver µs': each(end - delivering) }
}
