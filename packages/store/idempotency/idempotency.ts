import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

export interface IdempotencyKey {
  app: number
  key: string
  /** Hash of what is asked for. */
  request: string
  /** Made up by the caller, and never used before. */
  holder: string
}

export interface KeptAnswer {
  status: number
  /** JSON text. */
  body: string
}

interface ClaimTimes {
  /** Seconds after which a request without an answer counts as left behind by a dead process. */
  lease: number
  /** Seconds an answer is remembered. */
  kept: number
}

/** What a caller that sends a key may do. */
export type IdempotencyClaim =
  | { is: 'first' }
  | { is: 'answered'; answer: KeptAnswer }
  /** Another request with this key is being handled. */
  | { is: 'in_flight' }
  /** The key was used for another request. */
  | { is: 'reused' }

export interface IdempotencyRepository {
  /** The key belongs to the first caller, until it keeps an answer, releases the key or dies. */
  claim(key: IdempotencyKey, times: ClaimTimes): Promise<IdempotencyClaim>
  keep(key: IdempotencyKey, answer: KeptAnswer): Promise<void>
  /** As if the key had never been used. */
  release(key: IdempotencyKey): Promise<void>
  /** @returns how many, at most `limit`. */
  removeExpired(limit: number): Promise<number>
}

export function idempotencyRepository(db: Database): IdempotencyRepository {
  return {
    claim: async (key, times) => ((await claim(db, key, times)) ? { is: 'first' } : stateOf(db, key)),
    keep: (key, answer) => keep(db, key, answer),
    async release({ app, key, holder }) {
      await db.execute(sql`
        delete from carillon.idempotency_keys where app_id = ${app} and key = ${key} and holder = ${holder}`)
    },
    removeExpired: (limit) => removeExpired(db, limit),
  }
}

/** True for a new key, an expired one, and that of the same request whose process died. */
async function claim(
  db: Database,
  { app, key, request, holder }: IdempotencyKey,
  { lease, kept }: ClaimTimes,
): Promise<boolean> {
  const { rowCount } = await db.execute(sql`
    insert into carillon.idempotency_keys as known (app_id, key, request, holder, lease_until, expires_at)
    values (${app}, ${key}, ${request}, ${holder}, now() + ${lease} * interval '1 second', now() + ${kept} * interval '1 second')
    on conflict (app_id, key) do update set
      request = excluded.request, holder = excluded.holder, lease_until = excluded.lease_until,
      status = null, body = null, expires_at = excluded.expires_at
    where known.expires_at < now()
      or known.request = excluded.request and known.status is null and known.lease_until < now()`)
  return rowCount === 1
}

async function stateOf(db: Database, { app, key, request }: IdempotencyKey): Promise<IdempotencyClaim> {
  const { rows } = await db.execute<{ request: string; status: number | null; body: string | null }>(sql`
    select request, status, body from carillon.idempotency_keys where app_id = ${app} and key = ${key}`)
  const [known] = rows
  if (known && known.request !== request) return { is: 'reused' }
  // Released this moment is in flight too: the caller tries again
  if (!known || known.status === null || known.body === null) return { is: 'in_flight' }
  return { is: 'answered', answer: { status: known.status, body: known.body } }
}

async function keep(db: Database, { app, key, holder }: IdempotencyKey, { status, body }: KeptAnswer): Promise<void> {
  await db.execute(sql`
    update carillon.idempotency_keys set status = ${status}, body = ${body}
    where app_id = ${app} and key = ${key} and holder = ${holder}`)
}

async function removeExpired(db: Database, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from carillon.idempotency_keys where (app_id, key) in (
      select app_id, key from carillon.idempotency_keys where expires_at < now()
      order by expires_at limit ${limit} for update skip locked)`)
  return rowCount ?? 0
}
