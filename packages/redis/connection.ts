import { Redis, type RedisOptions } from 'ioredis'
import type { ConnectionGroup } from './group.ts'

type InfoCallback = (error: Error | null, text?: string) => void

/** A connection of the client library that prints nothing by itself. */
export class Connection extends Redis {
  readonly #group: ConnectionGroup

  constructor(options: RedisOptions, group: ConnectionGroup) {
    super({ ...options, replyMapping: 'legacy' })
    this.#group = group
    const ask: () => Promise<string> = this.info.bind(this)
    Object.assign(this, { info: quietInfo(ask) })
    group.add(this)
  }

  /** BullMQ waits for jobs on a connection that it makes like this. */
  override duplicate(override?: Partial<RedisOptions>): Redis {
    return new Connection({ ...this.options, ...override }, this.#group)
  }
}

/** What is assumed of a server that does not let its user ask: the oldest one that will do. */
const UNKNOWN = 'redis_version:6.2.0\r\n'

/**
 * INFO for the libraries: ioredis waits by it until data are loaded, and BullMQ chooses by the version how it waits.
 * Both write to the console when they may not ask, and about the eviction policy; that is one line of our log instead.
 */
function quietInfo(ask: () => Promise<string>) {
  return (...args: unknown[]): Promise<string> => {
    const answer = ask().then(withoutPolicy, withoutRight)
    const told = args.at(-1)
    if (isCallback(told)) answer.then((text) => told(null, text), told)
    return answer
  }
}

function isCallback(value: unknown): value is InfoCallback {
  return typeof value === 'function'
}

function withoutPolicy(text: string): string {
  return text.replace(/^maxmemory_policy:.*\r?\n/m, '')
}

function withoutRight(error: Error): string {
  if (error.message.startsWith('NOPERM')) return UNKNOWN
  throw error
}
