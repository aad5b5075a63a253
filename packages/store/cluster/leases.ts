import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

/** Rows that let one process at a time do something. Not advisory locks: embedded Postgres grants those to all. */
export interface LeaseRepository {
  /** True while `holder` has the lease, for `seconds` from now. */
  acquire(name: string, holder: string, seconds: number): Promise<boolean>
  release(name: string, holder: string): Promise<void>
}

export function leaseRepository(db: Database): LeaseRepository {
  return {
    async acquire(name, holder, seconds) {
      const { rows } = await db.execute(sql`
        insert into carillon.leases as lease (name, holder, until)
        values (${name}, ${holder}, now() + ${seconds} * interval '1 second')
        on conflict (name) do update set holder = excluded.holder, until = excluded.until
          where lease.until < now() or lease.holder = excluded.holder
        returning name`)
      return rows.length === 1
    },
    async release(name, holder) {
      await db.execute(sql`delete from carillon.leases where name = ${name} and holder = ${holder}`)
    },
  }
}
