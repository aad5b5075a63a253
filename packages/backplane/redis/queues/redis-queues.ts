import { randomUUID } from 'node:crypto'
import type { SnapperQueues } from '@carillon/contract'
import type { RedisServer } from '@carillon/redis'
import { attempted, connectBackplane } from '../connect.ts'
import { queueCommands } from './commands.ts'
import { publish } from './publish.ts'

export interface RedisQueuesOptions extends RedisServer {
  /** Keeps several installations on one Redis apart. */
  prefix: string
  /** Messages that are queued in one step of Redis, each counted once per consumer. */
  mostAtOnce?: number
  onError(error: Error): void
}

export type RedisQueues = SnapperQueues & { close(): void }

/** Some 50 ms, in which Redis does nothing else. */
const MOST_AT_ONCE = 5000

/** Snapper's queues and rooms, for all processes on one Redis. */
export async function redisQueues({
  prefix,
  mostAtOnce = MOST_AT_ONCE,
  onError,
  ...server
}: RedisQueuesOptions): Promise<RedisQueues> {
  const redis = connectBackplane(server, onError)
  await attempted(redis)
  const key = `${prefix}:snapper`
  const run = queueCommands(redis, key)
  return {
    async open({ app, id }, room) {
      await run.open(app, id, room)
    },
    async abandon({ app, id }) {
      await run.abandon(app, id)
    },
    join: async (app, room, consumer) => (await run.join(app, room, consumer)) === 1,
    leave: async (app, room, consumer) => (await run.leave(app, room, consumer)) === 1,
    publish: (app, messages) => publish(run, app, messages, mostAtOnce),
    offer: async ({ app, id }, message, times) => (await run.offer(app, id, message, times)) === 1,
    async take({ app, id }) {
      const [batch, ...messages] = (await run.take(app, id, randomUUID())) as string[]
      return batch === undefined ? null : { id: batch, messages }
    },
    acknowledge: async ({ app, id }, batch) => (await run.acknowledge(app, id, batch)) === 1,
    async totals(app) {
      const { producerMessages, consumerMessages, consumers, rooms } = await redis.hgetall(`${key}:t:${app}`)
      const [produced, consumed] = [Number(producerMessages ?? 0), Number(consumerMessages ?? 0)]
      const counts = { consumers: Number(consumers ?? 0), rooms: Number(rooms ?? 0) }
      return { producerMessages: produced, consumerMessages: consumed, ...counts }
    },
    close: () => redis.disconnect(),
  }
}
