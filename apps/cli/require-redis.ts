import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { SetupError } from '@carillon/contract'

const PATIENCE_MS = 5000

/**
 * Later an outage is waited out, but at start it is most likely a mistake, and somebody looks.
 * @throws SetupError naming host and port, never the password.
 */
export async function requireRedis(url: string): Promise<void> {
  const options = { lazyConnect: true, connectTimeout: PATIENCE_MS, retryStrategy: () => null, maxRetriesPerRequest: 0 }
  const redis = new Redis(url, options)
  let cause: Error & { code?: string } = new Error('it does not answer')
  let told = false
  redis.on('error', (error) => {
    told = true
    cause = error
  })
  const over = new AbortController()
  try {
    const answers = redis.connect().then(() => redis.ping())
    const silence = pause(PATIENCE_MS, undefined, { signal: over.signal }).then(() => Promise.reject(cause))
    await Promise.race([answers, silence])
    if (told) throw cause // of a database number that is not there: the connection goes on with another
  } catch (error) {
    throw new SetupError(sentence(url, cause, error), { cause })
  } finally {
    over.abort()
    redis.disconnect()
  }
}

function sentence(url: string, { code, message }: Error & { code?: string }, thrown: unknown): string {
  const { hostname, port } = new URL(url)
  const address = `${hostname || 'localhost'}:${port || '6379'}`
  const said = thrown instanceof Error ? `${message} ${thrown.message}` : message
  if (/WRONGPASS|NOAUTH|NOPERM|invalid (?:username-)?password/i.test(said))
    return `Redis at ${address} refuses the user or the password of REDIS_URL: correct it.`
  if (/LOADING/.test(said)) return `Redis at ${address} is loading its data: try again in a moment.`
  if (/DB index/.test(said)) return `Redis at ${address} has no such database number: correct the end of REDIS_URL.`
  return `Redis cannot be reached at ${address} (${code ?? 'it does not answer'}): start it, or set REDIS_URL to where it is.`
}
