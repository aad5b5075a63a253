import { and, asc, eq, gt, lte, max, type SQL, sql } from 'drizzle-orm'
import { CarillonError, type PageOptions, type PusherPage } from '@carillon/contract'
import type { Database } from '../database.ts'
import { pusherJson } from '../pusher-json.ts'
import { pushers } from '../schema/pusher.ts'
import { nameLexeme, quoted } from './lexemes.ts'
import { countRows, type Total } from './total.ts'

/** Where a walk stands, and the newest pusher there was when it began. */
interface Cursor {
  last: number
  until: number
}

/** Pushers looked at for each that is wanted; where fewer qualify, the planner decides. */
const LOOKED_AT = 20

/**
 * Pages through the pushers that have a sender, and a tag if one is given, in the order in which they
 * were made.
 * @throws CarillonError `bad_request` for a cursor that is none.
 */
export async function walk(db: Database, app: number, options: PageOptions): Promise<PusherPage> {
  const { last, until } = options.cursor === null ? await start(db, app) : parse(options.cursor)
  const ahead = and(eq(pushers.appId, app), gt(pushers.seq, last), lte(pushers.seq, until))
  const rows = await nextRows(db, app, options, last, ahead)
  const end = rows.length === options.limit ? rows.at(-1)?.seq : undefined
  return {
    pushers: rows.map(({ pusher }) => pusher),
    next: end !== undefined && end < until ? `${end}-${until}` : null,
  }
}

/** Exact up to 10,000. */
export function countAudience(db: Database, app: number, audience: Audience): Promise<Total> {
  const indexed = sql`${pushers.words} @@ ${names(app, audience)}::tsquery`
  return countRows(db, sql`select from ${pushers} where ${and(eq(pushers.appId, app), isOf(audience), indexed)}`)
}

type Audience = Pick<PageOptions, 'sender' | 'tag'>

function isOf({ sender, tag }: Audience): SQL | undefined {
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

async function nextRows(db: Database, app: number, options: PageOptions, last: number, ahead: SQL | undefined) {
  const { sender, tag, limit } = options
  const qualified = and(ahead, isOf({ sender, tag }))
  const select = (condition: SQL | undefined) =>
    db
      .select({ seq: pushers.seq, pusher: pusherJson })
      .from(pushers)
      .where(condition)
      .orderBy(asc(pushers.seq))
      .limit(limit)
  // Mostly they stand close together; to find out how far `near` reaches reads many more rows than the page has.
  const dense = await select(and(qualified, lte(pushers.seq, last + limit * LOOKED_AT)))
  if (dense.length === limit) return dense
  const near = await seqAt(db, ahead, limit * LOOKED_AT)
  if (near === undefined) return select(qualified)
  const rows = await select(and(qualified, lte(pushers.seq, near)))
  return rows.length === limit ? rows : select(and(qualified, sql`${pushers.words} @@ ${names(app, options)}::tsquery`))
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

function names(app: number, { sender, tag }: Audience): string {
  const lexemes = [nameLexeme(app, 'senders', sender), ...(tag === '' ? [] : [nameLexeme(app, 'tags', tag)])]
  return lexemes.map(quoted).join(' & ')
}
