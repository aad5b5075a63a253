import { sql } from 'drizzle-orm'
import { type Category, noCategory } from '@carillon/contract'
import type { Database } from '../database.ts'

interface CategoryOfApp {
  app: number
  category: string
}

/** What messages are about. */
export interface CategoryRepository {
  /** In the order of their names. */
  list(app: number): Promise<Category[]>
  /** Null when there is none. */
  find(app: number, name: string): Promise<Category | null>
  /** Adds a category, or replaces the one with its name. */
  put(app: number, category: Category): Promise<void>
  /** Which of these exist, index-aligned. */
  exist(names: readonly CategoryOfApp[]): Promise<boolean[]>
  /** Leaves what pushers chose for it. @throws CarillonError `category_not_found`. */
  remove(app: number, name: string): Promise<void>
}

export function categoryRepository(db: Database): CategoryRepository {
  return {
    list: (app) => list(db, app),
    find: (app, name) => find(db, app, name),
    put: (app, category) => put(db, app, category),
    exist: (names) => exist(db, names),
    async remove(app, name) {
      const { rowCount } = await db.execute(sql`
        delete from carillon.categories where app_id = ${app} and name = ${name}`)
      if (rowCount === 0) throw noCategory(name)
    },
  }
}

type CategoryRow = Category & Record<string, unknown>

const columns = sql`name, title, description, required, defaults as "default"`

async function list(db: Database, app: number): Promise<Category[]> {
  const { rows } = await db.execute<CategoryRow>(sql`
    select ${columns} from carillon.categories where app_id = ${app} order by name`)
  return rows
}

async function find(db: Database, app: number, name: string): Promise<Category | null> {
  const { rows } = await db.execute<CategoryRow>(sql`
    select ${columns} from carillon.categories where app_id = ${app} and name = ${name}`)
  return rows[0] ?? null
}

async function put(db: Database, app: number, category: Category): Promise<void> {
  const { name, title, description, required, default: defaults } = category
  await db.execute(sql`
    insert into carillon.categories (app_id, name, title, description, required, defaults)
    values (${app}, ${name}, ${title}, ${description}, ${required}, ${JSON.stringify(defaults)}::jsonb)
    on conflict (app_id, name) do update set title = excluded.title, description = excluded.description,
      required = excluded.required, defaults = excluded.defaults`)
}

async function exist(db: Database, names: readonly CategoryOfApp[]): Promise<boolean[]> {
  const { rows } = await db.execute<CategoryOfApp & Record<string, unknown>>(sql`
    select app_id as app, name as category from carillon.categories
    where (app_id, name) in (select * from unnest(
      ${sql.param(names.map(({ app }) => app))}::int[], ${sql.param(names.map(({ category }) => category))}::text[]))`)
  const known = new Set(rows.map(keyOf))
  return names.map((name) => known.has(keyOf(name)))
}

function keyOf({ app, category }: CategoryOfApp): string {
  return `${app} ${category}`
}
