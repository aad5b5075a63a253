import type { Run } from '../people.ts'

/** MB on the disk, with indexes: of the database, and of each table with its partitions where it has any. */
export interface Sizes extends Record<string, number> {
  database: number
}

export async function sizesOf(run: Run): Promise<Sizes> {
  const rows = await run<{ name: string; mb: number }>(`
    select 'database' as name, pg_database_size(current_database()) / 1e6::float8 as mb
    union all
    select parent.relname, sum(pg_total_relation_size(c.oid)) / 1e6::float8
    from pg_class as c
      left join pg_inherits on inhrelid = c.oid
      join pg_class as parent on parent.oid = coalesce(inhparent, c.oid)
    where c.relkind = 'r' and c.relnamespace = 'carillon'::regnamespace
    group by parent.relname having sum(pg_total_relation_size(c.oid)) > 1e6`)
  return Object.fromEntries(rows.map(({ name, mb }) => [name, mb])) as Sizes
}

/** What vacuum had to do, and still has to. */
export interface Vacuums {
  deadRows: number
  liveRows: number
  autovacuums: number
  autoanalyzes: number
  partitions: number
}

export async function vacuumsOf(run: Run): Promise<Vacuums> {
  const [vacuums] = await run<Vacuums>(`
    select sum(n_dead_tup)::float8 as "deadRows", sum(n_live_tup)::float8 as "liveRows",
      sum(autovacuum_count)::float8 as autovacuums, sum(autoanalyze_count)::float8 as autoanalyzes,
      (select count(*)::float8 from pg_inherits where inhparent = 'carillon.finished_pushes'::regclass) as partitions
    from pg_stat_user_tables where schemaname = 'carillon'`)
  return vacuums!
}
