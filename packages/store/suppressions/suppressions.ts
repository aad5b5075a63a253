import { hash as digest } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { CarillonError, maskAddress, normalAddress, type Suppression, type SuppressionQuery } from '@carillon/contract'
import type { Database } from '../database.ts'
import { seconds } from '../history/records.ts'
import { statement } from '../statement.ts'

/** An address as a sender would send to it. */
export interface SenderAddress {
  app: number
  sender: string
  address: string
}

/** Addresses that a sender no longer sends to. */
export interface SuppressionRepository {
  /** Newest first. */
  list(app: number, query: SuppressionQuery): Promise<Suppression[]>
  /** An existing one stays as it is. */
  add(address: SenderAddress, reason: string): Promise<Suppression>
  /** @throws CarillonError `suppression_not_found`. */
  lift(app: number, id: string): Promise<void>
  /** Index-aligned; null: not suppressed. */
  find(addresses: SenderAddress[]): Promise<(Suppression | null)[]>
}

export function suppressionRepository(db: Database): SuppressionRepository {
  return {
    list: (app, query) => list(db, app, query),
    add: (address, reason) => add(db, address, reason),
    async lift(app, id) {
      const { rowCount } = await db.execute(sql`
        delete from carillon.suppressions where id = ${id} and app_id = ${app}`)
      if (rowCount === 0) throw new CarillonError('suppression_not_found', `There is no suppression ${id}.`)
    },
    find: (addresses) => find(db, addresses),
  }
}

type SuppressionRow = Suppression & Record<string, unknown>

const DEFAULT_SIZE = 10
const shownColumns = sql`s.id, s.sender, s.shown as address, s.reason, ${seconds(sql`s.since`)} as since`

async function list(db: Database, app: number, query: SuppressionQuery): Promise<Suppression[]> {
  const { sender, address, after, size = DEFAULT_SIZE } = query
  const { rows } = await db.execute<SuppressionRow>(sql`
    select ${shownColumns} from carillon.suppressions as s
    where s.app_id = ${app}
      ${sender === undefined ? sql`` : sql`and s.sender = ${sender}`}
      ${address === undefined ? sql`` : sql`and s.address_hash = ${hashOf(app, address)}`}
      ${after === undefined ? sql`` : sql`and s.id < ${after}`}
    order by s.id desc limit ${size}`)
  return rows
}

/** An update that changes nothing, since `do nothing` would not return the row. */
async function add(db: Database, { app, sender, address }: SenderAddress, reason: string): Promise<Suppression> {
  const { hash, shown } = keptAddress(app, address)
  const { rows } = await db.execute<SuppressionRow>(sql`
    insert into carillon.suppressions as s (app_id, sender, address_hash, shown, reason)
    values (${app}, ${sender}, ${hash}, ${shown}, ${reason})
    on conflict (app_id, sender, address_hash) do update set reason = s.reason
    returning ${shownColumns}`)
  return rows[0]!
}

const suppressed = statement<
  { apps: number[]; senders: string[]; hashes: string[] },
  SuppressionRow & { place: number }
>(
  'suppressed',
  (give) => sql`
    select given.place::int, ${shownColumns}
    from unnest(${give('apps', 'int[]')}, ${give('senders', 'text[]')}, ${give('hashes', 'text[]')})
      with ordinality as given (app, sender, hash, place)
    join carillon.suppressions as s
      on s.app_id = given.app and s.sender = given.sender and s.address_hash = given.hash`,
)

async function find(db: Database, addresses: SenderAddress[]): Promise<(Suppression | null)[]> {
  const { rows } = await suppressed(db, {
    apps: addresses.map(({ app }) => app),
    senders: addresses.map(({ sender }) => sender),
    hashes: addresses.map(({ app, address }) => hashOf(app, address)),
  })
  const found = new Map(rows.map(({ place, ...suppression }) => [place, suppression]))
  return addresses.map((_, index) => found.get(index + 1) ?? null)
}

/** The stored form of a suppressed address: a hash that identifies it, and the part that may be shown. */
export interface KeptAddress {
  hash: string
  shown: string
}

/** The app is part of what is hashed, so that no app learns which addresses it shares with another. */
export function keptAddress(app: number, address: string): KeptAddress {
  return { hash: hashOf(app, address), shown: maskAddress(address) }
}

function hashOf(app: number, address: string): string {
  return digest('sha256', JSON.stringify([app, normalAddress(address)]))
}
