import { and, asc, eq, gt, lte, max, type SQL, sql } from 'drizzle-orm'
import { CarillonError, type PageOptions, type Pusher, type PusherPage } from '@carillon/contract'
import type { Database } from '../database.ts'
import { type PusherLists, pusherLists, pushersOf } from '../pusher-json.ts'
import { pushers } from '../schema/pusher.ts'
import { nameLexeme, quoted } from './words.ts'
import { countRows, type Total } from './total.ts'

/** How far a walk has come, and the newest pusher there was when it began. */
interface Cursor {
  last: number
  until: number
}

/** Pushers that are read for each one wanted; where fewer qualify, the planner decides. */
const READ_PER_PUSHER = 20

/**
 * Pages through the pushers that have a sender, and a tag if one is given, in the order in which they
 * were made.
 * @throws CarillonError `bad_request` for a cursor that is not of this store.
 */
export async function walk(db: Database, app: number, options: PageOptions): Promise<PusherPage> {
  const { last, until } = options.cursor === null ? await start(db, app) : parse(options.cursor)
  const ahead = and(eq(pushers.appId, app), gt(pushers.seq, last), lte(pushers.seq, until))
  const { found, end } = await nextPushers(db, app, options, last, ahead)
  const isFull = found.length === options.limit
  return { pushers: found, next: isFull && end < until ? `${end}-${until}` : null }
}

/** Exact up to 10,000. */
export function countAudience(db: Database, app: number, audience: CountedAudience): Promise<Total> {
  const indexed = sql`${pushers.words} @@ ${names(app, audience)}::tsquery`
  return countRows(db, sql`select from ${pushers} where ${and(eq(pushers.appId, app), isOf(audience), indexed)}`)
}

type CountedAudience = Pick<PageOptions, 'sender' | 'tag'>

function isOf({ sender, tag }: CountedAudience): SQL | undefined {
  return and(
    sql`${pushers.senders} @> array[${sender}]`,
    tag === '' ? undefined : sql`${pushers.tags} @> array[${tag}]`,
  )
}

async function start(db: Database, app: number): Promise<Cursor> {
  const [row] = await db
    .select({ until: max(pushers.seq) })
    .from(pushers)
    .where(eq(pushers.appId, app))
  return { last: 0, until: row?.until ?? 0 }
}

function parse(cursor: string): Cursor {
  const [, last, until] = /^(\d{1,15})-(\d{1,15})$/.exec(cursor) ?? []
  if (!last || !until)
    throw new CarillonError('bad_request', `${JSON.stringify(cursor)} is not a cursor of this store.`)
  return { last: Number(last), until: Number(until) }
}

interface Next {
  found: Pusher[]
  /** The `seq` of the last of them. */
  end: number
}

async function nextPushers(
  db: Database,
  app: number,
  options: PageOptions,
  last: number,
  ahead: SQL | undefined,
): Promise<Next> {
  const { sender, tag, limit } = options
  const qualified = and(ahead, isOf({ sender, tag }))
  const select = (condition: SQL | undefined) => first(db, condition, limit)
  // Mostly they stand close together; to find out how far `near` reaches reads many more rows than the page has.
  const dense = await select(and(qualified, lte(pushers.seq, last + limit * READ_PER_PUSHER)))
  if (dense.found.length === limit) return dense
  const near = await seqAt(db, ahead, limit * READ_PER_PUSHER)
  if (near === undefined) return select(qualified)
  const next = await select(and(qualified, lte(pushers.seq, near)))
  return next.found.length === limit
    ? next
    : select(and(qualified, sql`${pushers.words} @@ ${names(app, options)}::tsquery`))
}

async function first(db: Database, condition: SQL | undefined, limit: number): Promise<Next> {
  const { rows } = await db.execute<PusherLists & { end: string | null }>(sql`
    select ${pusherLists}, max(seq) as "end"
    from (select * from ${pushers} where ${condition} order by seq limit ${limit}) as page`)
  const [{ end, ...lists }] = rows as [(typeof rows)[number]]
  return { found: pushersOf(lists), end: Number(end) }
}

/** Undefined when there are fewer. */
async function seqAt(db: Database, condition: SQL | undefined, offset: number): Promise<number | undefined> {
  const [row] = await db
    .select({ seq: pushers.seq })
    .from(pushers)
    .where(condition)
    .orderBy(asc(pushers.seq))
    .offset(offset)
    .limit(1)
  return row?.seq
}

function names(app: number, { sender, tag }: CountedAudience): string {
  const lexemes = [nameLexeme(app, 'senders', sender), ...(tag === '' ? [] : [nameLexeme(app, 'tags', tag)])]
  return lexemes.map(quoted).join(' & ')
}
