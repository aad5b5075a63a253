import { sql } from 'drizzle-orm'
import type { Queryable } from '../database.ts'
import { quietPartitions } from '../days.ts'

/**
 * Vacuums and analyzes what changes, the catalogs included, in which each day leaves dead rows. Nothing else runs meanwhile, so
 * the days that are over are left out: analyzing them would take longer, the more of them are kept.
 */
export async function vacuum(db: Queryable): Promise<void> {
  const quiet = await quietPartitions(db)
  const { rows } = await db.execute<{ name: string }>(sql`
    select format('%I.%I', nspname, relname) as name
    from pg_class as c join pg_namespace as n on n.oid = relnamespace
    where relkind = 'r' and nspname in ('carillon', 'pg_catalog')
      and not (relname = any(${sql.param(quiet)}::text[]))`)
  await db.execute(sql.raw(`vacuum analyze ${rows.map(({ name }) => name).join(', ')}`))
}
