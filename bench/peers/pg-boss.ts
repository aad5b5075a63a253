import { PgBoss } from 'pg-boss'
import { LateRecords } from './late-records.ts'
import type { PeerOptions, PeerQueue } from './queue.ts'

const QUEUE = 'bench'

const settings = {
  batchSize: 100,
  localConcurrency: 2,
  perJobResults: true,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 0.5, // the least that it takes
} as const

/** pg-boss, which keeps a row of each job with its outcome for a week. docs/benchmarks.md says why these settings. */
export async function openPgBoss({ databaseUrl }: PeerOptions): Promise<PeerQueue> {
  return pgBossQueue(new PgBoss({ connectionString: databaseUrl, schedule: false }), false)
}

/** It hears of each job at once, and accepts fewer: Postgres commits what notifies one by one. */
export async function openNotifyingPgBoss({ databaseUrl }: PeerOptions): Promise<PeerQueue> {
  return pgBossQueue(new PgBoss({ connectionString: databaseUrl, schedule: false, useListenNotify: true }), true)
}

async function pgBossQueue(boss: PgBoss, notify: boolean): Promise<PeerQueue> {
  boss.on('error', (error) => console.error(error))
  await boss.start()
  await boss.createQueue(QUEUE, { partition: true, notify })
  return {
    async add(message) {
      await boss.send(QUEUE, message)
    },
    async addMany(messages) {
      await boss.insert(
        QUEUE,
        messages.map((data) => ({ data })),
      )
    },
    async work({ handled, recorded }) {
      const allRecorded = async () => boss.getWipData().every(({ count }) => count === 0)
      const records = new LateRecords(allRecorded, recorded)
      await boss.work<{ name: string }, void, typeof settings>(QUEUE, settings, async (jobs) =>
        jobs.map(({ id, data }) => {
          handled(data.name)
          records.handled()
          return { id, status: 'completed' }
        }),
      )
      return async () => {
        records.close()
        await boss.offWork(QUEUE)
      }
    },
    close: () => boss.stop({ graceful: false }),
  }
}
