import { sql } from 'drizzle-orm'
import { type Address, type AddressBook, type AddressKind, CarillonError } from '@carillon/contract'
import type { Database } from '../database.ts'
import { addressBook } from './book.ts'
import { type RegisteredAddress, registeredColumns, type RegisteredRow } from './columns.ts'
import { enabledOf } from './enabled.ts'
import { type NewAddress, register } from './register.ts'

/** The places at which pushers can be reached, besides mail and phone. */
export interface AddressRepository extends AddressBook {
  /** The enabled addresses of pushers, index-aligned: at most 20 of a kind, those seen last first. */
  of(app: number, pushers: readonly string[], kinds: readonly AddressKind[]): Promise<Address[][]>
  /**
   * Adds an address, or updates it, which enables it again. It moves to this pusher if it belonged to another. Of more
   * than 20 enabled addresses of a pusher and kind, the ones seen longest ago are removed.
   */
  register(address: NewAddress): Promise<RegisteredAddress>
  /** Those seen last first. */
  list(app: number, pusher: string): Promise<RegisteredAddress[]>
  /** @throws CarillonError `address_not_found`. */
  removeOf(app: number, pusher: string, id: string): Promise<void>
  /** Removes all addresses of a pusher. */
  forget(app: number, pusher: string): Promise<void>
  /**
   * Removes addresses that were not registered for so many seconds.
   * @returns how many, at most `limit`
   */
  removeUnseen(seconds: number, limit: number): Promise<number>
}

export function addressRepository(db: Database): AddressRepository {
  return {
    ...addressBook(db),
    of: (app, pushers, kinds) => enabledOf(db, app, pushers, kinds),
    register: (address) => register(db, address),
    list: (app, pusher) => list(db, app, pusher),
    async removeOf(app, pusher, id) {
      const { rowCount } = await db.execute(sql`
        delete from carillon.addresses where id = ${id} and app_id = ${app} and pusher = ${pusher}`)
      if (rowCount === 0) throw new CarillonError('address_not_found', `pusher ${pusher} has no address ${id}.`)
    },
    async forget(app, pusher) {
      await db.execute(sql`delete from carillon.addresses where app_id = ${app} and pusher = ${pusher}`)
    },
    removeUnseen: (age, limit) => removeUnseen(db, age, limit),
  }
}

const seenLastFirst = sql`seen_at desc, id desc`

async function list(db: Database, app: number, pusher: string): Promise<RegisteredAddress[]> {
  const { rows } = await db.execute<RegisteredRow>(sql`
    select ${registeredColumns} from carillon.addresses
    where app_id = ${app} and pusher = ${pusher} order by ${seenLastFirst}`)
  return rows
}

async function removeUnseen(db: Database, age: number, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from carillon.addresses where id in (
      select id from carillon.addresses where seen_at < now() - ${age} * interval '1 second'
      order by seen_at limit ${limit} for update skip locked)`)
  return rowCount ?? 0
}
