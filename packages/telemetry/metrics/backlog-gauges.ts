import type { SenderBacklog } from '@carillon/contract'
import { Gauge, type Registry } from 'prom-client'
import type { Backlogs } from './recent-backlogs.ts'

type Amount = Exclude<keyof SenderBacklog, 'name'>

const GAUGES: readonly [name: string, amount: Amount, help: string][] = [
  ['carillon_pushes_waiting', 'waiting', 'Pushes that are due and in no worker’s hands.'],
  ['carillon_pushes_scheduled', 'scheduled', 'Pushes that are due later.'],
  ['carillon_pushes_sending', 'sending', 'Pushes that workers are sending.'],
  ['carillon_oldest_due_push_age_seconds', 'oldestDueAge', 'Seconds since the oldest waiting push was due.'],
  ['carillon_sender_workers', 'workers', 'Live workers that run the sender.'],
]

/** What is the same whichever process is asked: read from the database when Prometheus asks. */
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
    help: '1 if the database answered, else 0.',
    registers,
    async collect() {
      this.set((await backlogs()) ? 1 : 0)
    },
  })
}
