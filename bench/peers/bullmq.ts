import { Queue, Worker } from 'bullmq'
import type { Message, PeerOptions, PeerQueue } from './queue.ts'

/** Handled at once by a worker. */
const CONCURRENCY = 50

/** Bare BullMQ. What was handled leaves nothing behind. */
export async function openBullmq(options: PeerOptions): Promise<PeerQueue> {
  return bullmqQueue(options, async () => {})
}

/** @param handle is the processor. The outcome is recorded once it has resolved and BullMQ has completed the job. */
export function bullmqQueue(
  { redisUrl: url, queuePrefix: prefix }: PeerOptions,
  handle: (name: string) => Promise<unknown>,
): PeerQueue {
  const queue = new Queue('bench', { connection: { url }, prefix })
  return {
    async add({ name, ...data }) {
      await queue.add(name, data, { removeOnComplete: true })
    },
    async addMany(messages) {
      await queue.addBulk(messages.map(jobOf))
    },
    async work({ handled, recorded }) {
      const process = async ({ name }: { name: string }) => {
        handled(name)
        await handle(name)
      }
      const connection = { url, maxRetriesPerRequest: null }
      const worker = new Worker('bench', process, { connection, prefix, concurrency: CONCURRENCY })
      worker.on('completed', () => recorded(1))
      return () => worker.close()
    },
    close: () => queue.close(),
  }
}

function jobOf({ name, ...data }: Message) {
  return { name, data, opts: { removeOnComplete: true } }
}
