import { sql } from 'drizzle-orm'
import { CarillonError } from '@carillon/contract'
import type { Database, Queryable } from '../database.ts'

/** Longer than any sensible search takes; the server gives up a statement then. */
const SLOWEST_MS = 3000

/**
 * Runs the statements of a search: all see the same pushers, the planner is steered, and what would
 * keep the database busy is given up (the embedded one cannot).
 * @throws CarillonError `bad_query` when it takes too long.
 */
export async function inSearch<T>(db: Database, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const steered = async (tx: Queryable) => {
    await steer(tx)
    return work(tx)
  }
  try {
    return await db.transaction(steered, { isolationLevel: 'repeatable read', accessMode: 'read only' })
  } catch (error) {
    throw isTimeout(error) ? tooSlow(error) : error
  }
}

/** Pages of a table that are read from the disk at once: where they lie anywhere, one after another takes four times as long. */
const READ_AHEAD = 64

/**
 * The index is always cheaper than the table; helpers and compiled code do not pay for a few milliseconds. A server that
 * reads nothing ahead may be on a system that cannot.
 */
async function steer(tx: Queryable): Promise<void> {
  await tx.execute(sql`
    select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
      set_config('max_parallel_workers_per_gather', '0', true),
      set_config('statement_timeout', ${String(SLOWEST_MS)}, true),
      set_config('effective_io_concurrency', case ahead when 0 then 0 else greatest(ahead, ${READ_AHEAD}) end::text, true)
    from (select current_setting('effective_io_concurrency')::int as ahead) as server`)
}

/** The server's `query_canceled`. */
function isTimeout(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === '57014'
}

function tooSlow(cause: unknown): CarillonError {
  const seconds = SLOWEST_MS / 1000
  return new CarillonError(
    'bad_query',
    `The query took more than ${seconds} seconds; ask for words that fewer pushers have.`,
    { cause },
  )
}
