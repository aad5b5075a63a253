import { randomUUID } from 'node:crypto'
import type { SnapperQueues } from '@carillon/contract'
import type { Redis } from 'ioredis'
import { attempted, connectRedis } from '../connect.ts'
import { scripts } from './scripts.ts'

export interface RedisQueuesOptions {
  url: string
  /** Keeps several installations on one Redis apart. */
  prefix: string
  onError(error: Error): void
}

export type RedisQueues = SnapperQueues & { close(): void }

/** Snapper's queues and rooms, for all processes on one Redis. */
export async function redisQueues({ url, prefix, onError }: RedisQueuesOptions): Promise<RedisQueues> {
  const redis = connectRedis(url, onError)
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
    async publish(app, messages) {
      const reply = await run.publish(app, ...messages.flatMap(({ room, message }) => [room, message]))
      const [dropped, ...reached] = reply as [number, ...string[]]
      return { dropped, reached }
    },
    offer: async ({ app, id }, message) => (await run.offer(app, id, message)) === 1,
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

type Run = (...args: (string | number)[]) => Promise<unknown>

/** The scripts as calls; the client sends their text only once. */
function queueCommands(redis: Redis, key: string): Record<keyof typeof scripts, Run> {
  const named = Object.keys(scripts) as (keyof typeof scripts)[]
  const entries = named.map((name) => {
    const command = `carillonQueue${name}`
    redis.defineCommand(command, { numberOfKeys: 0, lua: scripts[name] })
    const run = (redis as unknown as Record<string, Run>)[command]!.bind(redis)
    return [name, (...args: (string | number)[]) => run(key, ...args)]
  })
  return Object.fromEntries(entries) as Record<keyof typeof scripts, Run>
}
