import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { statement } from '../statement.ts'

/** A nonce of an app's request. */
interface NonceUse {
  app: number
  nonce: string
  /** For how long it counts as used. */
  seconds: number
}

/**
 * Nonces are kept in Postgres alone: a Redis that restarts, fails over or evicts keys would forget which ones were used.
 * The sweeper removes the old ones.
 */
export interface NonceRepository {
  /** Index-aligned: true for each nonce that was not in use. Of one that is given twice the first counts. */
  use(uses: readonly NonceUse[]): Promise<boolean[]>
  removeExpired(): Promise<void>
}

/** The same for one nonce at a time, as a protocol uses it. */
export interface NonceStore {
  /** True the first time within `seconds`. */
  use(app: number, nonce: string, seconds: number): Promise<boolean>
}

export function nonceRepository(db: Database): NonceRepository {
  return {
    async use(uses) {
      const first = new Map(uses.map((one) => [keyOf(one.app, one.nonce), one] as const).toReversed())
      const distinct = [...first.values()]
      const { rows } = await useNonces(db, {
        apps: distinct.map(({ app }) => app),
        nonces: distinct.map(({ nonce }) => nonce),
        seconds: distinct.map(({ seconds }) => seconds),
      })
      const fresh = new Set(rows.map(({ app_id: app, nonce }) => first.get(keyOf(app, nonce))))
      return uses.map((one) => fresh.has(one))
    },
    async removeExpired() {
      await db.execute(sql`delete from carillon.nonces where expires_at < now()`)
    },
  }
}

/** In one order, or two of these statements could wait for each other. */
const useNonces = statement<{ apps: number[]; nonces: string[]; seconds: number[] }, { app_id: number; nonce: string }>(
  'use_nonces',
  (give) => sql`
    insert into carillon.nonces as known (app_id, nonce, expires_at)
    select app, nonce, now() + seconds * interval '1 second'
    from unnest(${give('apps', 'int[]')}, ${give('nonces', 'text[]')}, ${give('seconds', 'int[]')}) as used (app, nonce, seconds)
    order by app, nonce
    on conflict (app_id, nonce) do update set expires_at = excluded.expires_at where known.expires_at < now()
    returning app_id, nonce`,
)

function keyOf(app: number, nonce: string): string {
  return `${app} ${nonce}`
}
