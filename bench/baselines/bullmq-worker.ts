import { Worker } from 'bullmq'
import { answering, given } from '../answering.ts'

/* A bare BullMQ worker whose jobs do nothing. */

const { redisUrl: url, queuePrefix: prefix } = given
const now = () => performance.timeOrigin + performance.now()

let completed = 0
let wanted = Infinity
let reached: () => void = () => {}
let calls: { name: string; at: number }[] | undefined
let worker: Worker | undefined

answering(
  {
    start() {
      worker = new Worker('bench', work, { connection: { url, maxRetriesPerRequest: null }, prefix, concurrency: 50 })
      worker.on('completed', () => {
        if (++completed === wanted) reached()
      })
    },
    async halt() {
      await worker?.close()
      worker = undefined
    },
    async recorded(count: number) {
      completed = 0
      await new Promise<void>((resolve) => {
        wanted = count
        reached = resolve
      })
      return now()
    },
    watchCalls() {
      calls = []
    },
    calls: () => calls,
  },
  () => worker?.close(),
)

async function work(job: { name: string }): Promise<void> {
  calls?.push({ name: job.name, at: now() })
}
