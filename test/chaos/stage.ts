import { waitFor } from '@carillon/testkit'
import { onTestFinished } from 'vitest'
import { freshDatabase } from '../services/database.ts'
import { freshRedis } from '../services/fresh-redis.ts'
import { type Fleet, fleet, type FleetOptions } from './fleet.ts'
import { type CountingProvider, countingProvider, type ProviderOptions } from './provider.ts'
import { type Rows, rowsOf } from './rows.ts'
import { type Load, quick } from './load.ts'

/** Recovery from the worst takes a lease and a time-out, and a busy machine its time; a third of 5,000 time-outs take minutes. */
const TIMEOUT_MS = quick ? 90_000 : 420_000
/** One test; more pushes take longer. */
export const slow = quick ? 150_000 : 900_000

export interface StageOptions extends ProviderOptions, Omit<Partial<FleetOptions>, 'providerUrl'> {}

/** Servers, a provider and the product's processes, for one test. */
export interface Stage {
  fleet: Fleet
  provider: CountingProvider
  rows: Rows
  /** Waits until so many different pushes were answered with yes. */
  sent(count: number): Promise<void>
  /** Waits until nothing is left to do, prints the counts and returns them. `bound`: duplicates that there may be. */
  tally(what: string, load: Load, bound?: number): Promise<Tally>
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
      void (await waitFor(() => provider.yes.size >= count, { timeout: TIMEOUT_MS, what: `${count} sent` })),
    tally: async (what, load, bound) => {
      await untilNothingIsLeft(rows)
      return report(what, load, provider, { dead: await rows.dead(), bound })
    },
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

async function untilNothingIsLeft(rows: Rows): Promise<void> {
  const options = { timeout: TIMEOUT_MS, what: 'nothing left to send' }
  await waitFor(async () => (await rows.unfinished()) === 0, options).catch(async (error: Error) => {
    throw new Error(`${error.message}; ${await rows.unfinished()} are`, { cause: error })
  })
}

interface Expected {
  /** Data of the pushes that ended dead; default none. */
  dead?: Set<string>
  /** Duplicates that there may be, for who reads the line; default 0. */
  bound?: number | undefined
}

/** Prints one line: what came of the pushes. */
export function report(
  what: string,
  load: Load,
  provider: CountingProvider,
  { dead = new Set(), bound = 0 }: Expected = {},
): Tally {
  const { accepted, unanswered } = load
  const lost = [...accepted].filter((data) => !provider.delivered.has(data) && !dead.has(data)).length
  const sent = [...provider.yes.values()].reduce((sum, times) => sum + times, 0)
  const duplicates = sent - provider.yes.size
  const counts = `${accepted.size} pushes, ${sent} sent, ${lost} lost, ${duplicates} duplicates of at most ${bound}`
  console.log(
    `${what}: ${counts} (${unanswered.size} unanswered, ${dead.size} dead, ${provider.refused()} tries refused)`,
  )
  return { lost, duplicates }
}
