import { Worker } from 'bullmq'
import { answering, given } from '../answering.ts'
import { Tally } from '../tally.ts'

/* A bare BullMQ worker whose jobs do nothing. */

const { redisUrl: url, queuePrefix: prefix } = given
const tally = new Tally()
let worker: Worker | undefined

answering(
  {
    ...tally.commands,
    start() {
      worker = new Worker('bench', work, { connection: { url, maxRetriesPerRequest: null }, prefix, concurrency: 50 })
      worker.on('completed', () => tally.recorded())
    },
    async halt() {
      await worker?.close()
      worker = undefined
    },
  },
  () => worker?.close(),
)

async function work({ name }: { name: string }): Promise<void> {
  tally.called(name)
}
