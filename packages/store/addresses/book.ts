import { sql } from 'drizzle-orm'
import type { AddressBook, AddressKind } from '@carillon/contract'
import type { Database } from '../database.ts'
import { tokenHash } from './token-hash.ts'

/** Characters. */
const LONGEST_REASON = 500

/** What senders learn about addresses from providers. */
export function addressBook(db: Database): AddressBook {
  return {
    async remove(app, id, unlessSeenSince = Infinity) {
      await db.execute(sql`
        delete from carillon.addresses
        where id = ${id} and app_id = ${app} and seen_at <= to_timestamp(${unlessSeenSince})`)
    },
    async disable(app, id, reason) {
      const why = reason.replaceAll('\0', '').slice(0, LONGEST_REASON) // providers may answer anything
      await db.execute(sql`
        update carillon.addresses set disabled_at = coalesce(disabled_at, now()), reason = ${why}
        where id = ${id} and app_id = ${app}`)
    },
    async change(app, id, { token, environment }) {
      if (environment !== undefined)
        await db.execute(sql`
          update carillon.addresses set environment = ${environment} where id = ${id} and app_id = ${app}`)
      if (token !== undefined) await changeToken(db, app, id, token)
    },
  }
}

/** If the new token is registered already, the old address is removed. */
async function changeToken(db: Database, app: number, id: string, token: string): Promise<void> {
  const { rows } = await db.execute<{ kind: AddressKind }>(sql`
    select kind from carillon.addresses where id = ${id} and app_id = ${app}`)
  if (!rows[0]) return
  const { kind } = rows[0]
  const hash = tokenHash(app, kind, token)
  const { rowCount } = await db.execute(sql`
    delete from carillon.addresses where id = ${id} and app_id = ${app} and exists (
      select from carillon.addresses where app_id = ${app} and kind = ${kind} and token_hash = ${hash} and id <> ${id})`)
  if (rowCount === 0)
    await db.execute(sql`
      update carillon.addresses set token = ${token}, token_hash = ${hash} where id = ${id} and app_id = ${app}`)
}
