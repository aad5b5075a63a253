import { sql } from 'drizzle-orm'
import type { SharedValues } from '@carillon/contract'
import type { Database } from '../database.ts'

interface KnownValue {
  value: string
  /** When it was made, on this process' clock: milliseconds of `performance.now()`. */
  madeAt: number
}

/** Values that all processes share. Each process remembers the ones that it has used. */
export function sharedValues(db: Database): SharedValues {
  const known = new Map<string, KnownValue>()
  const loading = new Map<string, Promise<string>>()

  async function load(name: string, maxAge: number, make: () => string | Promise<string>): Promise<string> {
    const { value, age } = (await read(db, name, maxAge)) ?? (await write(db, name, maxAge, await make()))
    known.set(name, { value, madeAt: performance.now() - age * 1000 })
    return value
  }

  return {
    async get(name, maxAge, make) {
      const one = known.get(name)
      if (one && performance.now() - one.madeAt < maxAge * 1000) return one.value
      const run = loading.get(name) ?? load(name, maxAge, make).finally(() => loading.delete(name))
      loading.set(name, run)
      return run
    },
    async drop(name, value) {
      if (known.get(name)?.value === value) known.delete(name)
      await db.execute(sql`delete from carillon.shared_values where name = ${name} and value = ${value}`)
    },
  }
}

type StoredValue = {
  value: string
  /** Seconds. */
  age: number
}

const age = sql`extract(epoch from now() - known.made_at)::float8`

async function read(db: Database, name: string, maxAge: number): Promise<StoredValue | undefined> {
  const { rows } = await db.execute<StoredValue>(sql`
    select value, ${age} as age from carillon.shared_values as known where name = ${name} and ${age} < ${maxAge}::float8`)
  return rows[0]
}

/** Of processes that write at the same time, the first wins, and the others get its value. */
async function write(db: Database, name: string, maxAge: number, value: string): Promise<StoredValue> {
  const { rows } = await db.execute<StoredValue>(sql`
    insert into carillon.shared_values as known (name, value) values (${name}, ${value})
    on conflict (name) do update set
      value = case when ${age} < ${maxAge}::float8 then known.value else excluded.value end,
      made_at = case when ${age} < ${maxAge}::float8 then known.made_at else now() end
    returning value, ${age} as age`)
  return rows[0]!
}
