import type { PushQuery } from '@carillon/contract'
import { startSweeper } from '@carillon/core'
import type { Services } from 'carillon'
import type { Figures } from '../benchmark.ts'
import { summary } from '../delays.ts'
import { queryKinds } from '../people.ts'

const PAGES = 100
const SWEEPS = 10
const RETENTION_S = 30 * 86_400

/** What somebody looks up, by figure. @param pushers those that have ten pushes at least */
function looks({ store, pushers }: Services, count: number): Record<string, (n: number) => Promise<unknown>> {
  const page = (query: PushQuery) => store.history.list(1, query)
  return {
    'page ms': () => page({}),
    'sent ms': () => page({ state: 'sent' }),
    'dead ms': () => page({ state: 'dead' }),
    'pusher ms': (n) => page({ pusher: `p${1 + (n % count)}` }),
    'no pushes ms': (n) => page({ pusher: `nobody${n}` }),
    'search ms': (n) => pushers.search(1, queryKinds[n % queryKinds.length]!(1 + (n % count)), { from: 0, size: 10 }),
  }
}

/** Medians. */
export async function look(services: Services, pushers: number): Promise<Figures> {
  const figures: Figures = {}
  for (const [figure, ask] of Object.entries(looks(services, pushers))) {
    figures[figure] = await median(PAGES, ask)
  }
  return figures
}

/** A round of the sweeper that also does what it does each minute, in ms. */
export async function sweep({ store, queue, log, observer }: Services): Promise<Figures> {
  const notifier = { pushes() {}, each() {}, broadcast() {} }
  const deps = {
    store,
    queue,
    log,
    observer,
    notifier,
    retention: RETENTION_S,
    addressRetention: RETENTION_S,
    holder: 'bench',
  }
  return { 'sweep ms': await median(SWEEPS, () => startSweeper(deps).stop()) }
}

async function median(count: number, act: (n: number) => Promise<unknown>): Promise<number> {
  const delays: number[] = []
  for (let n = 0; n < count; n++) {
    const begun = performance.now()
    await act(n)
    delays.push(performance.now() - begun)
  }
  return summary(delays).p50
}
