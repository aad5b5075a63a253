import { waitFor } from '@carillon/testkit'
import { onTestFinished } from 'vitest'
import { freshDatabase } from '../services/database.ts'
import { freshRedis } from '../services/fresh-redis.ts'
import { type Fleet, fleet, type FleetOptions } from './fleet.ts'
import { type CountingProvider, countingProvider, type ProviderOptions } from './provider.ts'
import { type Rows, rowsOf } from './rows.ts'
import type { Load } from './load.ts'

/** Recovery from the worst takes a lease and a time-out, and a busy machine its time. */
const PATIENCE_MS = 90_000
/** One test; more pushes take longer. */
export const slow = process.env.CHAOS === 'full' ? 600_000 : 150_000

export interface StageOptions extends ProviderOptions, Omit<Partial<FleetOptions>, 'providerUrl'> {}

/** Servers, a provider and the product's processes, for one test. */
export interface Stage {
  fleet: Fleet
  provider: CountingProvider
  rows: Rows
  /** Waits until so many different pushes were answered with yes. */
  sent(count: number): Promise<void>
  /** Waits until nothing is left to do, prints the counts and returns them. */
  tally(what: string, load: Load): Promise<Tally>
}

export interface Tally {
  lost: number
  duplicates: number
}

/** `databaseUrl` and `redis` lead to the same servers another way; else they are fresh. */
export async function stage(options: StageOptions = {}): Promise<Stage> {
  const direct = options.databaseUrl ?? (await ownDatabase())
  return stageOn(direct, { ...options, databaseUrl: direct })
}

/** For processes that reach the database otherwise than the test does. */
export async function stageOn(direct: string, options: StageOptions): Promise<Stage> {
  const provider = await countingProvider(options)
  const redis = options.redis ?? (await ownRedis())
  const rows = rowsOf(direct)
  return {
    fleet: await fleet({ ...options, redis, providerUrl: provider.url }),
    provider,
    rows,
    sent: async (count) =>
      void (await waitFor(() => provider.yes.size >= count, { timeout: PATIENCE_MS, what: `${count} sent` })),
    tally: (what, load) => tally(what, load, provider, rows),
  }
}

async function ownDatabase(): Promise<string> {
  const database = await freshDatabase()
  onTestFinished(() => database.drop())
  return database.url
}

async function ownRedis() {
  const redis = await freshRedis()
  onTestFinished(() => redis.drop())
  return redis
}

async function tally(what: string, load: Load, provider: CountingProvider, rows: Rows): Promise<Tally> {
  const timeout = PATIENCE_MS
  await waitFor(async () => (await rows.unfinished()) === 0, { timeout, what: 'nothing left to send' }).catch(
    async (error: Error) => {
      throw new Error(`${error.message}; ${await rows.unfinished()} are`, { cause: error })
    },
  )
  return report(what, load, provider, await rows.dead())
}

/** Prints one line: what came of the pushes. */
export function report(what: string, load: Load, provider: CountingProvider, dead: Set<string>): Tally {
  const { accepted, unanswered } = load
  const lost = [...accepted].filter((data) => !provider.delivered.has(data) && !dead.has(data)).length
  const sent = [...provider.yes.values()].reduce((sum, times) => sum + times, 0)
  const duplicates = sent - provider.yes.size
  const besides = `${unanswered.size} unanswered, ${dead.size} dead, ${provider.refused()} tries refused`
  console.log(`${what}: ${accepted.size} pushes, ${sent} sent, ${lost} lost, ${duplicates} duplicates (${besides})`)
  return { lost, duplicates }
}
