import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import type { NonceStore } from '../repositories.ts'

/** Nonces in Postgres, for when there is no Redis; the sweeper removes the old ones. */
export interface NonceRepository extends NonceStore {
  removeExpired(): Promise<void>
}

export function nonceRepository(db: Database): NonceRepository {
  return {
    async use(app, nonce, seconds) {
      const { rows } = await db.execute(sql`
        insert into carillon.nonces as known (app_id, nonce, expires_at)
        values (${app}, ${nonce}, now() + ${seconds} * interval '1 second')
        on conflict (app_id, nonce) do update set expires_at = excluded.expires_at where known.expires_at < now()
        returning nonce`)
      return rows.length === 1
    },
    async removeExpired() {
      await db.execute(sql`delete from carillon.nonces where expires_at < now()`)
    },
  }
}
