import { SetupError } from '@carillon/contract'
import type { PoolClient } from 'pg'
import { partsOf } from './database-place.ts'

/** The first version that makes UUIDs by itself. */
const OLDEST = 13
/** As long as Carillon waits for an answer. */
const LONGEST_STATEMENT_S = 15

interface Facts {
  version: number
  read_only: boolean
  timeout: number
}

const FACTS = `
  select current_setting('server_version_num')::int as version, current_setting('transaction_read_only')::bool as read_only,
    extract(epoch from current_setting('statement_timeout')::interval)::float8 as timeout`

/**
 * @returns a sentence about what works but should be put right, if there is anything
 * @throws SetupError for a server that Carillon cannot work with.
 */
export async function checkServer(client: PoolClient, url: string): Promise<string | undefined> {
  const { address, user } = partsOf(url)
  const { rows } = await client.query<Facts>(FACTS)
  const { version, read_only: isReadOnly, timeout } = rows[0]!
  const major = Math.floor(version / 10_000)
  if (major < OLDEST)
    throw new SetupError(`Postgres at ${address} is too old (${major}): Carillon needs ${OLDEST} or newer.`)
  if (isReadOnly) throw Object.assign(new Error('read-only'), { code: '25006' })
  if (timeout === 0 || timeout >= LONGEST_STATEMENT_S) return undefined
  return (
    `Postgres ends statements of the user ${user} after ${timeout} s (statement_timeout), and what takes longer fails: ` +
    `set at least ${LONGEST_STATEMENT_S} s for this user, or 0.`
  )
}
