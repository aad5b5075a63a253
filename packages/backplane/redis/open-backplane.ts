import type { Backplane, OnFault } from '@carillon/contract'
import { attempted, connectBackplane } from './connect.ts'
import { redisBackplane } from './redis-backplane.ts'
import type { RedisClusterOptions } from './redis-cluster.ts'
import { topicsOf } from './topics.ts'

export interface OpenBackplane {
  backplane: Backplane
  /** Lets what was published go out first. */
  close(): Promise<void>
}

/** A backplane by itself, which publishes nothing a second time: what was under way when Redis went is rejected. */
export async function openRedisBackplane(options: RedisClusterOptions): Promise<OpenBackplane> {
  const { prefix, onError, onFault = onError as OnFault, ...server } = options
  const connections = [
    connectBackplane(server, onError, { isDirect: true }),
    connectBackplane(server, onError),
  ] as const
  const [commands, subscriber] = connections
  await Promise.all(connections.map(attempted))
  const topics = topicsOf(commands, `${prefix}:work`)
  const { backplane, close } = redisBackplane({ commands, subscriber, topics, onFault })
  return {
    backplane,
    async close() {
      close()
      subscriber.disconnect()
      await commands.quit().catch(() => commands.disconnect())
    },
  }
}
