import { randomUUID } from 'node:crypto'
import type { PublishResult, RoomMessage, SnapperQueues } from '@carillon/contract'
import { attempted, connectFailFast, type RedisServer } from './connect.ts'
import { defineScripts } from './scripts.ts'
import { type SnapperScripts, snapperScripts } from './snapper-scripts.ts'

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
  const redis = connectFailFast(server, onError)
  await attempted(redis)
  const key = `${prefix}:snapper`
  const run = defineScripts(redis, 'carillonQueue', snapperScripts, key)
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
    async claim({ app, id }) {
      const [batch, ...messages] = (await run.claim(app, id, randomUUID())) as string[]
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

/** What a step answers: messages dropped, then consumers reached. */
type StepReply = [dropped: number, ...reached: string[]]

/** In one step of Redis, or in several where rooms are large: one long step would keep everybody else waiting. */
async function publish(
  run: SnapperScripts,
  app: number,
  messages: readonly RoomMessage[],
  mostAtOnce: number,
): Promise<PublishResult> {
  const pairs = messages.flatMap(({ room, message }) => [room, message])
  const [dropped, ...reached] = (await run.publish(app, mostAtOnce, ...pairs)) as StepReply | []
  return dropped === undefined ? inSteps(run, app, messages, mostAtOnce) : { dropped, reached }
}

async function inSteps(
  run: SnapperScripts,
  app: number,
  messages: readonly RoomMessage[],
  mostAtOnce: number,
): Promise<PublishResult> {
  let dropped = 0
  const reached = new Set<string>()
  for (const { room, texts } of byRoom(messages)) {
    const members = (await run.members(app, room, texts.length)) as string[]
    const some = Math.max(1, Math.floor(mostAtOnce / texts.length))
    for (let from = 0; from < members.length; from += some) {
      const slice = members.slice(from, from + some)
      const [full, ...ids] = (await run.hand(app, room, slice.length, ...slice, ...texts)) as StepReply
      dropped += full
      for (const id of ids) reached.add(id)
    }
  }
  return { dropped, reached: [...reached] }
}

/** Consecutive messages of one room. A consumer in several rooms receives them in order. */
function byRoom(messages: readonly RoomMessage[]): { room: string; texts: string[] }[] {
  const runs: { room: string; texts: string[] }[] = []
  for (const { room, message } of messages) {
    if (runs.at(-1)?.room !== room) runs.push({ room, texts: [] })
    runs.at(-1)!.texts.push(message)
  }
  return runs
}
