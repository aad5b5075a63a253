import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '@carillon/client'
import { type Benchmark, type Contender, contest, type Figures } from '../benchmark.ts'
import { fillConsole } from '../console/fill.ts'
import { consolePages } from '../console/pages.ts'
import { signIn, type Visitor } from '../console/visitor.ts'
import { cpuOf } from '../cpu.ts'
import { credentials } from '../push-requests.ts'
import { startRole } from '../role.ts'
import { delaysOf } from '../searching.ts'
import { withDatabase } from '../years/place.ts'
import { openStage, type Stage } from './stage.ts'

/** Fewer show sooner whether it works. */
const MANY = Number(process.env.CARILLON_BENCH_CONSOLE ?? 1_000_000)
const AMOUNTS = { pushers: MANY, pushes: MANY, dead: MANY / 50, recipients: MANY / 10, days: 30 }
const REQUESTS = 50
const KILOBYTE = 1024

const ACCOUNT = { ADMIN_ACCOUNT: 'bench', ADMIN_PASSWORD: 'bench password' }

/** An API with its console, on a stage. */
async function startConsole(stage: Stage) {
  const api = await startRole('api', stage.servers, ACCOUNT)
  stage.atEnd(() => api.stop())
  return { api, visitor: await signIn(`http://127.0.0.1:${api.port}`, ACCOUNT) }
}

const pages: Benchmark = {
  name: 'console-pages',
  group: 'console',
  work: `every page, ${REQUESTS} times one after another, with ${MANY.toLocaleString('en')} pushers and as many pushes`,
  targets: [{ figure: 'p99 ms', below: 100 }],
  rounds: 3,
  async open() {
    const stage = await openStage(0)
    await withDatabase(stage.servers, (run) => fillConsole(run, AMOUNTS))
    const { visitor } = await startConsole(stage)
    const paths = Object.entries(await consolePages(stage.services.store))
    const measured = new Map<string, Figures>()
    const slowest: Contender = {
      name: 'the largest of all pages',
      async round() {
        for (const [name, path] of paths) measured.set(name, await looksAt(visitor, path))
        const all = [...measured.values()]
        const figures = Object.keys(all[0]!)
        return Object.fromEntries(figures.map((figure) => [figure, Math.max(...all.map((each) => each[figure]!))]))
      },
    }
    const each = paths.map(([name]): Contender => ({ name, round: async () => measured.get(name)! }))
    return contest([slowest, ...each], stage.close)
  },
}

async function looksAt(visitor: Visitor, path: string): Promise<Figures> {
  let bytes = 0
  const { p50, p99 } = await delaysOf(REQUESTS, async () => {
    bytes = (await visitor.read(path)).length
  })
  return { 'p50 ms': p50, 'p99 ms': p99, KB: bytes / KILOBYTE }
}

const RECIPIENTS = AMOUNTS.recipients
/** Recipients per second, so that there is something to watch. */
const RATE = 5000

const live: Benchmark = {
  name: 'console-live',
  group: 'console',
  work: `a broadcast to ${RECIPIENTS.toLocaleString('en')} pushers, ${RATE.toLocaleString('en')} a second, whose page is followed; CPU of the page's process`,
  targets: [{ figure: 'more % of a core', below: 5 }],
  rounds: 3,
  async open() {
    const stage = await openStage(RECIPIENTS)
    const { api, visitor } = await startConsole(stage)
    const worker = await stage.program('worker', { BENCH_RATE: String(RATE) })
    await worker.ask('start')
    const client = createClient({ url: `http://127.0.0.1:${api.port}`, ...credentials })
    const broadcast = async (isWatched: boolean): Promise<Figures> => {
      const recorded = worker.ask('recorded', RECIPIENTS)
      const name = await client.pushAll('bench', crypto.randomUUID())
      const watching = isWatched ? visitor.follow(`/console/broadcasts/${name}`) : undefined
      const [begun, cpu] = [performance.now(), cpuOf(api.pid)]
      await recorded
      const share = (cpuOf(api.pid) - cpu) / 10 / (performance.now() - begun)
      const updates = (await watching?.stop()) ?? 0
      while ((await client.getBroadcast(name))?.state !== 'done') await pause(100)
      return { '% of a core': share, 'more % of a core': 0, updates }
    }
    let alone: Figures = {}
    const watched: Contender = {
      name: 'watched',
      prepare: async () => void (alone = await broadcast(false)),
      async round() {
        const figures = await broadcast(true)
        return { ...figures, 'more % of a core': figures['% of a core']! - alone['% of a core']! }
      },
    }
    return contest([watched, { name: 'nobody watches', round: async () => alone }], stage.close)
  },
}

export const consoleBenchmarks: readonly Benchmark[] = [pages, live]
