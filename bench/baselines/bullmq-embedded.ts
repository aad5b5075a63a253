import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPostgresBackend, Queue, Worker } from 'bullmq'
import { answering } from '../answering.ts'
import { inLanes } from '../lanes.ts'
import { Tally } from '../tally.ts'
import { oneSession } from './one-session.ts'

/* BullMQ's own Postgres backend on the same embedded database: jobs are added and processed at once. */

const folder = await mkdtemp(join(tmpdir(), 'bullmq-bench-'))
const { pool: connection, close } = await oneSession(join(folder, 'postgres'))
const tally = new Tally()
const queue = new Queue('bench', { connection }, createPostgresBackend)
const worker = new Worker('bench', async () => {}, { connection, concurrency: 50 }, createPostgresBackend)
worker.on('completed', () => tally.recorded())
await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])

answering(
  {
    async flow({ pushes, lanes }: { pushes: number; lanes: number }) {
      const batch = randomUUID()
      const recorded = tally.commands.recorded(pushes)
      // Finished jobs stay: on Postgres it costs BullMQ more to remove them.
      await inLanes(pushes, lanes, (n) => queue.add('push', { pusher: 'p1', data: `${batch} ${n}` }))
      await recorded
    },
  },
  async () => {
    await worker.close()
    await queue.close()
    await close()
    await rm(folder, { recursive: true })
  },
)
