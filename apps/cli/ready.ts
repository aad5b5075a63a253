import { within } from '@carillon/async'
import { CarillonError } from '@carillon/contract'
import { redisFault } from '@carillon/redis/fault'
import { serverFault } from '@carillon/store'

interface Pinged {
  ping(): Promise<void>
  /** Is called when a ping has failed. */
  pingFailed?: (() => void) | undefined
}

/** A connection that leads nowhere never answers, and the caller of the probe does not wait longer. */
const PING_TIMEOUT_MS = 3000

/** @throws CarillonError `unavailable`, naming what cannot be used and why, within some seconds. */
export async function checkReady({ store, queue }: { store: Pinged; queue: Pinged }): Promise<void> {
  await answers(store).catch(unavailable(databaseSentence))
  await answers(queue).catch(unavailable(redisSentence))
}

async function answers(server: Pinged): Promise<void> {
  try {
    await answered(server.ping())
  } catch (error) {
    server.pingFailed?.()
    throw error
  }
}

/** Rejects with the ping, or once it has taken longer than anyone waits. */
export function answered(ping: Promise<void>): Promise<void> {
  return within(PING_TIMEOUT_MS, ping, () => new Error(`no answer within ${PING_TIMEOUT_MS} ms`))
}

function unavailable(sentence: (cause: unknown) => string): (cause: unknown) => never {
  return (cause) => {
    throw new CarillonError('unavailable', sentence(cause), { cause })
  }
}

function databaseSentence(cause: unknown): string {
  const { code, reason } = serverFault(cause)
  return reason ? `The database cannot be used (${code}): it ${reason}.` : 'The database cannot be reached.'
}

function redisSentence(cause: unknown): string {
  const { code, reason } = redisFault(cause)
  return reason ? `Redis cannot be used (${code}): it ${reason}.` : 'Redis cannot be reached.'
}
