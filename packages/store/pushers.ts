import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import {
  CarillonError,
  type ListOptions,
  type Pusher,
  type PusherChange,
  type PusherFields,
  type PusherList,
  type PusherStore,
} from '@carillon/contract'
import type { Database, Queryable } from './database.ts'
import { type PusherLists, pusherLists, pushersOf } from './pusher-json.ts'
import { pusherColumns, pushers } from './schema/pusher.ts'
import { statement } from './statement.ts'
import { find, inSearch } from './search/find.ts'
import { behind, type Position } from './search/probes.ts'
import { parseSearch } from './search/parse.ts'
import { countRows } from './search/total.ts'
import { wordsAfter, wordsOfNew } from './search/words.ts'
import { countAudience, walk } from './search/walk.ts'

const { id, senders, tags, createdAt, seq } = pushers
const newestFirst = [desc(createdAt), desc(seq)]

/** Recipients in Postgres. */
export function pusherStore(db: Database): PusherStore {
  return {
    getMany: (app, ids) => getMany(db, app, ids),
    set: (app, one, change, create) => (create ? upsert(db, app, one, change) : update(db, app, one, change)),
    async delete(app, one) {
      const gone = await db.delete(pushers).where(isPusher(app, one)).returning({ id })
      return gone.length > 0
    },
    list: (app, options) => list(db, app, options),
    search: (app, query, options) => search(db, app, query, options),
    page: (app, options) => walk(db, app, options),
    count: (app, audience) => countAudience(db, app, audience),
  }
}

function isPusher(app: number, one: string): SQL {
  return among(app, [one])
}

async function getMany(db: Database, app: number, ids: string[]): Promise<Pusher[]> {
  const { rows } = await many(db, { app, ids: possible(ids) })
  return pushersOf(rows[0]!)
}

const many = statement<{ app: number; ids: string[] }, PusherLists>(
  'pushers',
  (give) => sql`
    select ${pusherLists} from ${pushers}
    where ${pushers.appId} = ${give('app')} and ${id} = any(${give('ids', 'text[]')})`,
)

/** Postgres stores no NUL in text, so that no pusher has such an id. It would even refuse the query. */
function possible(ids: string[]): string[] {
  return ids.filter((one) => !one.includes('\0'))
}

function among(app: number, ids: string[]): SQL {
  return sql`${pushers.appId} = ${app} and ${id} = any(${sql.param(possible(ids))}::text[])`
}

async function upsert(db: Database, app: number, one: string, change: PusherChange): Promise<boolean> {
  const row = {
    ...given(change.fields),
    appId: app,
    id: one,
    createdAt: change.fields?.createdAt ?? sql`floor(extract(epoch from now()))`,
    senders: [...new Set(change.addSenders)],
    tags: [...new Set(change.addTags)],
    words: wordsOfNew(app, one, change),
  }
  await db
    .insert(pushers)
    .values(row)
    .onConflictDoUpdate({ target: [pushers.appId, id], set: after(app, change) })
  return true
}

async function update(db: Database, app: number, one: string, change: PusherChange): Promise<boolean> {
  const changed = await db.update(pushers).set(after(app, change)).where(isPusher(app, one)).returning({ id })
  return changed.length > 0
}

/** Out of what the row holds when the statement gets to it, so that callers at the same time lose nothing. */
function after(app: number, change: PusherChange) {
  const { addSenders, removeSenders, addTags, removeTags } = change
  return {
    ...given(change.fields),
    ...((addSenders || removeSenders) && { senders: names(senders, addSenders, removeSenders) }),
    ...((addTags || removeTags) && { tags: names(tags, addTags, removeTags) }),
    words: wordsAfter(app, change),
  }
}

function given(fields: PusherFields = {}): PusherFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** First the removed go, then the added that are not there come. */
function names(column: AnyPgColumn, added: string[] = [], removed: string[] = []): SQL {
  const kept =
    removed.length === 0
      ? sql`${column}`
      : sql`array(
    select name from unnest(${column}) as name where name <> all(${sql.param(removed)}::text[]))`
  return added.length === 0
    ? kept
    : sql`${kept} || array(
    select name from unnest(${sql.param([...new Set(added)])}::text[]) as name where name <> all(${kept}))`
}

async function list(db: Database, app: number, { from, size, after: last }: ListOptions): Promise<PusherList> {
  const inApp = eq(pushers.appId, app)
  const position = await positionOf(db, app, last)
  const found = await db
    .select(pusherColumns)
    .from(pushers)
    .where(and(inApp, behind(position)))
    .orderBy(...newestFirst)
    .offset(position ? 0 : from)
    .limit(size)
  return { pushers: found, ...(await countRows(db, sql`select from ${pushers} where ${inApp}`)) }
}

async function search(db: Database, app: number, text: string, options: ListOptions): Promise<PusherList> {
  const query = parseSearch(text)
  return inSearch(db, async (tx) => {
    const position = await positionOf(tx, app, options.after)
    const slice = { after: position, from: position ? 0 : options.from, size: options.size }
    const { ids, ...total } = await find(tx, app, query, slice)
    const found = await tx
      .select(pusherColumns)
      .from(pushers)
      .where(among(app, ids))
      .orderBy(...newestFirst)
    return { pushers: found, ...total }
  })
}

async function positionOf(db: Queryable, app: number, last: string | undefined): Promise<Position | null> {
  if (last === undefined) return null
  const [position] = await db.select({ createdAt, seq }).from(pushers).where(isPusher(app, last))
  if (!position)
    throw new CarillonError(
      'bad_request',
      `There is no pusher ${JSON.stringify(last)} after which the list could continue.`,
    )
  return position
}
