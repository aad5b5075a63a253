import { and, asc, type Column, eq, gt, lte, max, type SQL, sql } from 'drizzle-orm'
import { CarillonError, type PageOptions, type PusherPage } from '@carillon/contract'
import type { Database } from '../database.ts'
import { pusherColumns, pushers } from '../schema/pusher.ts'
import { nameLexeme, quoted } from './lexemes.ts'

/** Where a walk stands, and the newest pusher there was when it began. */
interface Cursor {
  last: number
  until: number
}

const columns = { ...pusherColumns, seq: pushers.seq }

/** Pushers looked at for each that is wanted; where fewer qualify, the planner decides. */
const LOOKED_AT = 20

/**
 * Pages through the pushers that have a sender, and a tag if one is given, in the order in which they
 * were made.
 * @throws CarillonError `bad_request` for a cursor that is none.
 */
export async function walk(db: Database, app: number, options: PageOptions): Promise<PusherPage> {
  const cursor = options.cursor === null ? await start(db, app) : parse(options.cursor)
  const next = await nextRows(db, app, options, cursor)
  const last = next.at(-1)
  const more = last && next.length === options.limit && last.seq < cursor.until
  return { pushers: next.map(({ seq: _, ...pusher }) => pusher), next: more ? `${last.seq}-${cursor.until}` : null }
}

async function nextRows(db: Database, app: number, options: PageOptions, { last, until }: Cursor) {
  const ahead = and(eq(pushers.appId, app), gt(pushers.seq, last), lte(pushers.seq, until))
  const near = db
    .select(columns)
    .from(pushers)
    .where(ahead)
    .orderBy(asc(pushers.seq))
    .limit(options.limit * LOOKED_AT)
    .as('near')
  const found = await db.select().from(near).where(qualifies(near, options)).orderBy(asc(near.seq)).limit(options.limit)
  if (found.length === options.limit || (await isAll(db, ahead, options.limit * LOOKED_AT))) return found
  const indexed = sql`${pushers.words} @@ ${nameQuery(app, options)}::tsquery`
  const all = and(ahead, indexed, qualifies(pushers, options))
  return db.select(columns).from(pushers).where(all).orderBy(asc(pushers.seq)).limit(options.limit)
}

function qualifies(of: Record<'senders' | 'tags', Column>, { sender, tag }: PageOptions): SQL | undefined {
  return and(sql`${of.senders} @> array[${sender}]`, tag === '' ? undefined : sql`${of.tags} @> array[${tag}]`)
}

/** Whether there are no more rows than these. */
async function isAll(db: Database, condition: SQL | undefined, most: number): Promise<boolean> {
  const beyond = await db
    .select({ seq: pushers.seq })
    .from(pushers)
    .where(condition)
    .orderBy(asc(pushers.seq))
    .offset(most)
    .limit(1)
  return beyond.length === 0
}

function nameQuery(app: number, { sender, tag }: PageOptions): string {
  const lexemes = [nameLexeme(app, 'senders', sender), ...(tag === '' ? [] : [nameLexeme(app, 'tags', tag)])]
  return lexemes.map(quoted).join(' & ')
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
