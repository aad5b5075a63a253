import { Gauge, type Registry } from 'prom-client'
import type { SenderBacklog } from '@carillon/contract'

/** Null: it cannot be read now. */
export type Backlogs = () => Promise<readonly SenderBacklog[] | null>

const FRESH_MS = 1000
/** An answer that took long is kept for longer, so that scraping keeps the database busy for at most a tenth of the time. */
const TIMES_ITS_COST = 10

/** Reads what waits, once for all callers at about the same time. */
export function recentBacklogs(read: () => Promise<SenderBacklog[]>): Backlogs {
  let answer: Promise<SenderBacklog[] | null> = Promise.resolve(null)
  let freshUntil = 0
  return () => {
    const startedAt = performance.now()
    if (startedAt < freshUntil) return answer
    freshUntil = Number.POSITIVE_INFINITY // until it is known what this costs
    answer = read()
      .catch(() => null)
      .finally(() => {
        const cost = performance.now() - startedAt
        freshUntil = startedAt + cost + Math.max(FRESH_MS, cost * TIMES_ITS_COST)
      })
    return answer
  }
}

type Amount = Exclude<keyof SenderBacklog, 'name'>

const GAUGES: readonly [name: string, amount: Amount, help: string][] = [
  ['carillon_pushes_waiting', 'waiting', 'Pushes that are due and not claimed by a worker.'],
  ['carillon_pushes_scheduled', 'scheduled', 'Pushes that are due later.'],
  ['carillon_pushes_sending', 'sending', 'Pushes that workers are sending.'],
  ['carillon_oldest_due_push_age_seconds', 'oldestDueAge', 'Seconds since the oldest waiting push became due.'],
  ['carillon_sender_workers', 'workers', 'Workers that currently run the sender.'],
]

/** Gauges that are the same in every process: they are read from the database when Prometheus scrapes. */
export function backlogGauges(registry: Registry, backlogs: Backlogs): void {
  const registers = [registry]
  for (const [name, amount, help] of GAUGES) {
    new Gauge({
      name,
      help,
      labelNames: ['sender'],
      registers,
      async collect() {
        const known = await backlogs()
        this.reset() // a sender that is gone has no value any more, nor has any while the database is away
        for (const backlog of known ?? []) this.set({ sender: backlog.name }, backlog[amount])
      },
    })
  }
  new Gauge({
    name: 'carillon_database_up',
    help: '1 if the database answered, otherwise 0.',
    registers,
    async collect() {
      this.set((await backlogs()) ? 1 : 0)
    },
  })
}
