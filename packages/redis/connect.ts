import { backoff } from '@carillon/async'
import type { OnFault } from '@carillon/contract'
import { Redis, type RedisOptions } from 'ioredis'
import { clientOptions, type RedisAddress } from './address.ts'
import { redisFault } from './fault.ts'
import { explained } from './greeting.ts'

export interface RedisServer extends RedisAddress {
  /** This process's connections to the server; default: a group for each connection. */
  group?: ConnectionGroup | undefined
}

/** What the queue, the backplane and the cluster on Redis need. */
export interface RedisDriverOptions extends RedisServer {
  /** Keeps several installations on one Redis apart. */
  prefix: string
  onError(error: Error): void
  /** Receives messages that were dropped; default: `onError`. */
  onFault?: OnFault
}

const CONNECT_TIMEOUT_MS = 5000
/** A command without an answer for so long fails. */
const COMMAND_TIMEOUT_MS = 2000

/** Makes a connection to Redis; nothing else does. Its errors are reported, and it connects again by itself. */
export function connectRedis(server: RedisServer, onError: (error: Error) => void, options: RedisOptions = {}): Redis {
  const { url, tls, group = new ConnectionGroup() } = server
  const redis = new QuietRedis(
    {
      connectTimeout: CONNECT_TIMEOUT_MS,
      ...options,
      ...clientOptions(url, tls),
      reconnectOnError(error) {
        if (redisFault(error).isDemoted) group.leave()
        return false // the command fails, and its caller decides whether to retry
      },
    },
    group,
  )
  const report = async (error: Error) => onError(await explained(server, error))
  redis.on('error', (error: Error) => void report(error))
  return redis
}

export interface FailFastOptions {
  /**
   * Each command is sent by itself and at once, and never a second time, even where Redis was lost before it answered.
   */
  isDirect?: boolean
}

/** A connection whose commands fail at once while Redis is away. They do not collect in memory. */
export function connectFailFast(
  server: RedisServer,
  onError: (error: Error) => void,
  { isDirect = false }: FailFastOptions = {},
): Redis {
  return connectRedis(server, onError, {
    // The commands of one tick are one write: without that, publishing costs a quarter more
    enableAutoPipelining: !isDirect,
    enableOfflineQueue: false,
    maxRetriesPerRequest: isDirect ? 0 : 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: backoff(100, 1000),
  })
}

/** Resolves after the first attempt to connect, whether it succeeded or not. From then on Redis may come and go. */
export function attempted(redis: Redis): Promise<void> {
  return new Promise((resolve) => {
    redis.once('ready', () => resolve())
    redis.once('close', () => resolve())
  })
}

/** Milliseconds in which connections are dropped once only. Without another server it would be a loop. */
const LEAVE_EVERY_MS = 1000

/**
 * The connections of a process to one Redis. When the server is demoted to a replica, only connections that write notice
 * it. All of them must move to the new primary, or messages of one would not reach the others.
 */
export class ConnectionGroup {
  readonly #open = new Set<Redis>()
  #leftAt = -Infinity

  add(connection: Redis): void {
    this.#open.add(connection)
    connection.once('end', () => this.#open.delete(connection))
  }

  /** Reconnects every connection. */
  leave(): void {
    const now = performance.now()
    if (now - this.#leftAt < LEAVE_EVERY_MS) return
    this.#leftAt = now
    for (const connection of this.#open) if (connection.status === 'ready') connection.disconnect(true)
  }
}

/** A connection of the client library that does not write to the console. */
class QuietRedis extends Redis {
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
    return new QuietRedis({ ...this.options, ...override }, this.#group)
  }
}

/** Assumed where the user may not call INFO: the oldest version that is supported. */
const UNKNOWN = 'redis_version:6.2.0\r\n'

/**
 * INFO for the libraries. ioredis uses it to wait until data are loaded, and BullMQ to choose its blocking commands.
 * Both write to the console when they may not call it, and about the eviction policy. Our log has one line for that.
 */
function quietInfo(ask: () => Promise<string>) {
  return (...args: unknown[]): Promise<string> => {
    const answer = ask().then(withoutPolicy, withoutRight)
    const listener = args.at(-1)
    if (isCallback(listener)) answer.then((text) => listener(null, text), listener)
    return answer
  }
}

type InfoCallback = (error: Error | null, text?: string) => void

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
