import { batches } from './batches.ts'
import type { Installation } from './installation.ts'
import type { Thread } from './machine.ts'
import { ACCEPT_BATCH, costs, RECORD_SHARE } from './measured.ts'

/* The way of a push, in simulated time, with the sizes of batches that the code has. */

/** packages/core/accept: pushes in a statement, and statements of an API at once. */
const ACCEPT = { max: 1000, concurrency: 4 }
/** packages/core/record: outcomes in a statement, and statements of a worker at once. */
const RECORD = { max: 100, concurrency: 2 }
/** Pushes that a worker claims at once. Twice as many may be unrecorded, so two of its batches are under way. */
const CLAIM = 100
const CLAIMS_AT_ONCE = 2

/** An API process: half of its work comes before the push is committed, and half of it is for the answer. */
export function accepting({ postgres, redis, client, kernel }: Installation, api: Thread) {
  const commit = batches((count) => postgres.commit({ us: costs.accept.postgres, batch: ACCEPT_BATCH }, count), {
    thread: api,
    ...ACCEPT,
  })
  return {
    /** Resolves when the push is committed. */
    async receive(): Promise<void> {
      await client.work(costs.http.client)
      await kernel.work(costs.http.kernel / 2)
      await api.work(costs.accept.api / 2)
      await commit()
      void redis.work(costs.accept.redis)
    },
    /** Resolves when the client has the answer. */
    async answer(): Promise<void> {
      await api.work(costs.accept.api / 2)
      await kernel.work(costs.http.kernel / 2)
    },
  }
}

/**
 * A worker that gets pushes directly while it is idle: half of its work comes before the sender is called. The rows are
 * claimed by the statement that writes them.
 */
export function dispatching({ postgres, redis }: Installation, worker: Thread) {
  const recording = { us: costs.deliver.postgres * RECORD_SHARE, batch: CLAIM }
  const commit = batches((count) => postgres.commit(recording, count), { thread: worker, ...RECORD })
  return {
    /** Resolves when the sender is called. */
    async call(): Promise<void> {
      await redis.work(costs.deliver.redis)
      await worker.work(costs.dispatched.worker / 2)
    },
    /** Resolves when the outcome is recorded. */
    async record(): Promise<void> {
      await worker.work(costs.dispatched.worker / 2)
      await commit()
    },
  }
}

/** A worker drains a backlog: while half of what may be unrecorded is sent, the other half is recorded. */
export async function drain(
  { postgres, redis }: Installation,
  worker: Thread,
  { pushes, cost }: { pushes: number; cost: typeof costs.deliver },
): Promise<void> {
  let remaining = pushes
  const claiming = { us: cost.postgres * (1 - RECORD_SHARE), batch: CLAIM }
  const recording = { us: cost.postgres * RECORD_SHARE, batch: CLAIM }
  const drainHalf = async () => {
    while (remaining > 0) {
      const count = Math.min(CLAIM, remaining)
      remaining -= count
      await redis.work(cost.redis * count)
      await postgres.commit(claiming, count)
      await worker.work(cost.worker * count)
      await postgres.commit(recording, count)
    }
  }
  await Promise.all(Array.from({ length: CLAIMS_AT_ONCE }, drainHalf))
}
