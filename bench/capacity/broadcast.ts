import { batches } from './batches.ts'
import type { Installation } from './installation.ts'
import { costs, RECORD_SHARE } from './measured.ts'

/* A broadcast, in simulated time, as packages/core/broadcast sends it with a sender that does nothing. */

const PAGE = 500
const PAGES_AT_ONCE = 4
/** Recipients of a worker that may have no recorded outcome. */
const UNRECORDED = 200
const RECORD = { max: 100, concurrency: 2 }

/** Resolves when the outcome of every recipient is recorded. */
export async function broadcastTo(recipients: number, { postgres, redis, workers }: Installation): Promise<void> {
  const [worker] = workers as [Installation['workers'][number]]
  const cost = costs.broadcast
  const reading = { us: cost.postgres * (1 - RECORD_SHARE), batch: PAGE }
  const recording = { us: cost.postgres * RECORD_SHARE, batch: RECORD.max }
  const record = batches((count) => postgres.commit(recording, count), { thread: worker, ...RECORD })
  const permits = new Permits(UNRECORDED)
  let remaining = recipients

  async function sendPages(): Promise<void> {
    while (remaining > 0) {
      const page = Math.min(PAGE, remaining)
      remaining -= page
      await redis.work(cost.redis * page)
      await postgres.commit(reading, page)
      await sendPage(page)
    }
  }

  async function sendPage(page: number): Promise<void> {
    const recorded: Promise<void>[] = []
    for (let rest = page; rest > 0;) {
      const count = await permits.take(Math.min(rest, RECORD.max))
      rest -= count
      await worker.work(cost.worker * count)
      recorded.push(record(count).then(() => permits.giveBack(count)))
    }
    await Promise.all(recorded)
  }

  await Promise.all(Array.from({ length: PAGES_AT_ONCE }, sendPages))
}

/** Permits that whoever waits first gets first, as many as there are. */
class Permits {
  #free: number
  readonly #waiting: { most: number; grant(count: number): void }[] = []

  constructor(free: number) {
    this.#free = free
  }

  take(most: number): Promise<number> {
    return new Promise((grant) => {
      this.#waiting.push({ most, grant })
      this.#serve()
    })
  }

  giveBack(count: number): void {
    this.#free += count
    this.#serve()
  }

  #serve(): void {
    while (this.#free > 0 && this.#waiting.length > 0) {
      const { most, grant } = this.#waiting.shift()!
      const count = Math.min(most, this.#free)
      this.#free -= count
      grant(count)
    }
  }
}
