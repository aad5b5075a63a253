import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

/** Sessions of the console, and attempts to begin one. All processes that serve the console share them. */
export interface LoginRepository {
  /**
   * Counts an attempt to sign in.
   * @param address that it comes from
   * @param most attempts within a minute of the first
   * @returns false if there were more
   */
  attempt(address: string, most: number): Promise<boolean>
  /** Takes one attempt back, because it succeeded. */
  forgive(address: string): Promise<void>
  /** Begins a session. @param seconds until it ends */
  start(hash: string, seconds: number): Promise<void>
  /** The first of these sessions that has begun and not ended; null if there is none. */
  find(hashes: readonly string[]): Promise<string | null>
  end(hashes: readonly string[]): Promise<void>
}

const WINDOW = sql.raw(`interval '1 minute'`)

export function loginRepository(db: Database): LoginRepository {
  return {
    async attempt(address, most) {
      await db.execute(sql`delete from carillon.login_attempts where since < now() - ${WINDOW}`)
      const { rows } = await db.execute<{ attempts: number }>(sql`
        insert into carillon.login_attempts as known (address, attempts) values (${address}, 1)
        on conflict (address) do update set attempts = known.attempts + 1 returning attempts`)
      return rows[0]!.attempts <= most
    },
    async forgive(address) {
      await db.execute(sql`
        update carillon.login_attempts set attempts = attempts - 1 where address = ${address}`)
    },
    async start(hash, seconds) {
      await db.execute(sql`delete from carillon.console_sessions where expires_at < now()`)
      await db.execute(sql`
        insert into carillon.console_sessions (hash, expires_at)
        values (${hash}, now() + ${seconds} * interval '1 second')`)
    },
    async find(hashes) {
      const { rows } = await db.execute<{ hash: string }>(sql`
        select hash from carillon.console_sessions
        where hash = any(${sql.param(hashes)}::text[]) and expires_at > now() limit 1`)
      return rows[0]?.hash ?? null
    },
    async end(hashes) {
      await db.execute(sql`
        delete from carillon.console_sessions where hash = any(${sql.param(hashes)}::text[])`)
    },
  }
}
