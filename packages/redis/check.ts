import { within } from '@carillon/async'
import { errorCode, SetupError } from '@carillon/contract'
import { Redis } from 'ioredis'
import { clientOptions, type RedisAddress } from './address.ts'
import { isForgetful, serverInfo, tryCommands } from './capabilities.ts'
import { explained } from './greeting.ts'
import { noticeOf, refusalOf, refusalOfCommands, sentenceOf } from './sentences.ts'

/** How long a start waits for the answer. */
const TIMEOUT_MS = 5000

export interface RedisCheck extends RedisAddress {
  /** The prefix of every key. */
  prefix: string
}

/** The server lacks memory, a disk or replicas. It may have them soon, and until then the rows in Postgres are enough. */
const PASSING = new Set(['OOM', 'MISCONF', 'NOREPLICAS'])

/**
 * Checks at start whether Carillon can work with the server. Later it waits for an outage to end, but at start an outage
 * is most likely a mistake, and the operator is watching.
 * @returns a sentence for the log about what works but should be corrected, if there is anything
 * @throws SetupError naming host and port, never the password.
 */
export async function checkRedis(check: RedisCheck): Promise<string | undefined> {
  const { url, tls } = check
  const redis = new Redis({
    ...clientOptions(url, tls),
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: TIMEOUT_MS,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  })
  let reported: Error | undefined
  redis.on('error', (error: Error) => (reported ??= error))
  try {
    const asked = redis.connect().then(() => ask(redis, check, () => reported))
    return await within(TIMEOUT_MS, asked, () => reported ?? new Error('it does not answer'))
  } catch (error) {
    if (error instanceof SetupError) throw error
    // What the connection reported says more than that it is closed
    const cause = await explained(check, reported ?? (error as Error))
    throw new SetupError(sentenceOf(cause, url), { cause })
  } finally {
    redis.disconnect()
  }
}

async function ask(redis: Redis, { url, prefix }: RedisCheck, reported: () => Error | undefined) {
  const info = await serverInfo(redis)
  refuse(refusalOf(info, url))
  const before = reported() // of a database number that is not there: the connection goes on with another
  if (before) throw before
  const keepsNothing = await isForgetful(redis, info)
  const refused = await tryCommands(redis, prefix)
  const passing = refused.map(([, error]) => error).find((error) => PASSING.has(errorCode(error)))
  if (!passing) refuse(refusalOfCommands(refused, url, prefix))
  return noticeOf(info, keepsNothing, passing)
}

function refuse(sentence: string | undefined): void {
  if (sentence !== undefined) throw new SetupError(sentence)
}
