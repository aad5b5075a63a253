import { type SQL, sql } from 'drizzle-orm'
import { CarillonError, type Choice, type ChoiceChange, type Preferences } from '@carillon/contract'
import type { Database, Queryable } from '../database.ts'
import { type CategorizedMessage, type CategoryDecision, decideMessages } from './decide.ts'

/** What pushers chose about categories and senders. */
export interface PreferenceRepository {
  find(app: number, pusher: string): Promise<Preferences>
  /** Whether pushers want messages, as categories and preferences are now. It is one query. @returns index-aligned */
  decide(messages: readonly CategorizedMessage[]): Promise<CategoryDecision[]>
  /**
   * Changes some choices and leaves the others, all of it or nothing. Of changes to the same choice the last counts.
   * @param most how many choices the pusher may have if there are more of them afterwards than before; default: 500
   * @throws CarillonError `conflict` when there would be more
   */
  change(app: number, pusher: string, changes: readonly ChoiceChange[], most?: number): Promise<void>
  /** Removes all choices of a pusher. */
  forget(app: number, pusher: string): Promise<void>
}

const MOST_CHOICES = 500

export function preferenceRepository(db: Database): PreferenceRepository {
  return {
    find: (app, pusher) => find(db, app, pusher),
    decide: (messages) => decideMessages(db, messages),
    change: (app, pusher, changes, most) => change(db, { app, pusher }, changes, most),
    async forget(app, pusher) {
      await db.execute(sql`delete from carillon.preferences where ${of(app, pusher)}`)
    },
  }
}

function of(app: number, pusher: string): SQL {
  return sql`app_id = ${app} and pusher = ${pusher}`
}

async function find(db: Database, app: number, pusher: string): Promise<Preferences> {
  const { rows } = await db.execute<Choice & Record<string, unknown>>(sql`
    select nullif(category, '') as category, nullif(sender, '') as sender,
      case when is_on then 'on' else 'off' end as value
    from carillon.preferences where ${of(app, pusher)} order by preferences.category, preferences.sender`)
  return rows
}

async function change(
  db: Database,
  { app, pusher }: { app: number; pusher: string },
  changes: readonly ChoiceChange[],
  most = MOST_CHOICES,
): Promise<void> {
  const last = [...new Map(changes.map((one) => [JSON.stringify([one.category, one.sender]), one])).values()]
  await db.transaction(async (tx) => {
    await lock(tx, app, pusher)
    const before = await count(tx, of(app, pusher))
    await remove(
      tx,
      of(app, pusher),
      last.filter(({ value }) => value === 'default'),
    )
    await set(
      tx,
      { app, pusher },
      last.filter(({ value }) => value !== 'default'),
    )
    const after = await count(tx, of(app, pusher))
    if (after > Math.max(before, most)) tooMany(most)
  })
}

/** Changes of one pusher come one after another, so that none deadlocks and the number of choices is exact. */
async function lock(tx: Queryable, app: number, pusher: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${app}, hashtext(${pusher}))`)
}

async function remove(tx: Queryable, theirs: SQL, choices: readonly ChoiceChange[]): Promise<void> {
  if (choices.length === 0) return
  await tx.execute(sql`
    delete from carillon.preferences where ${theirs} and (category, sender) in (select * from ${given(choices)})`)
}

async function set(
  tx: Queryable,
  { app, pusher }: { app: number; pusher: string },
  choices: readonly ChoiceChange[],
): Promise<void> {
  if (choices.length === 0) return
  const values = sql`${sql.param(choices.map(({ value }) => value === 'on'))}::bool[]`
  await tx.execute(sql`
    insert into carillon.preferences as known (app_id, pusher, category, sender, is_on)
    select ${app}, ${pusher}, given.* from ${given(choices, values)}
    on conflict (app_id, pusher, category, sender) do update set is_on = excluded.is_on, since = excluded.since
    where known.is_on <> excluded.is_on`)
}

/** The categories and senders of choices as rows, and what else is given of each. */
function given(choices: readonly ChoiceChange[], more?: SQL): SQL {
  const categories = choices.map(({ category }) => category ?? '')
  const senders = choices.map(({ sender }) => sender ?? '')
  return sql`unnest(${sql.param(categories)}::text[], ${sql.param(senders)}::text[]${more ? sql`, ${more}` : sql``}) as given`
}

async function count(tx: Queryable, theirs: SQL): Promise<number> {
  const { rows } = await tx.execute<{ count: number }>(
    sql`select count(*)::int as count from carillon.preferences where ${theirs}`,
  )
  return rows[0]!.count
}

function tooMany(most: number): never {
  throw new CarillonError('conflict', `A pusher can have at most ${most} preferences.`)
}
