import { type SQL, sql } from 'drizzle-orm'
import type { Address } from '@carillon/contract'
import type { Database } from '../database.ts'
import { type RegisteredAddress, registeredColumns, type RegisteredRow } from './columns.ts'
import { tokenHash } from './token-hash.ts'

/** What a caller registers; what is absent stays as it is, or is unknown. */
export interface NewAddress
  extends
    Pick<Address, 'kind' | 'token'>,
    Partial<Pick<Address, 'target' | 'environment' | 'platform' | 'locale' | 'timezone' | 'label'>> {
  app: number
  pusher: string
}

/** Addresses that a pusher keeps of a kind, of the enabled and of the disabled ones. */
export const MOST_OF_KIND = 20

export async function register(db: Database, address: NewAddress): Promise<RegisteredAddress> {
  const registered = await upsert(db, address)
  await removeExcess(db, address)
  return registered
}

/**
 * What describes the device stays when it changes hands. The language, the time zone and the label are its former
 * user's, and do not.
 */
async function upsert(db: Database, { app, pusher, kind, token, ...more }: NewAddress): Promise<RegisteredAddress> {
  const { target = '', environment = '', platform = '', locale = '', timezone = '', label = '' } = more
  const { rows } = await db.execute<RegisteredRow>(sql`
    insert into carillon.addresses as known
      (app_id, pusher, kind, token, token_hash, target, environment, platform, locale, timezone, label)
    values (${app}, ${pusher}, ${kind}, ${token}, ${tokenHash(app, kind, token)},
      ${target}, ${environment}, ${platform}, ${locale}, ${timezone}, ${label})
    on conflict (app_id, kind, token_hash) do update set
      pusher = excluded.pusher, token = excluded.token,
      target = coalesce(nullif(excluded.target, ''), known.target),
      environment = coalesce(nullif(excluded.environment, ''), known.environment),
      platform = coalesce(nullif(excluded.platform, ''), known.platform),
      locale = ${ofSamePusher('locale')}, timezone = ${ofSamePusher('timezone')}, label = ${ofSamePusher('label')},
      created_at = case when known.pusher = excluded.pusher then known.created_at else now() end,
      seen_at = now(), disabled_at = null, reason = null
    returning ${registeredColumns}`)
  return rows[0]!
}

function ofSamePusher(column: string): SQL {
  const [known, excluded] = [sql.raw(`known.${column}`), sql.raw(`excluded.${column}`)]
  return sql`coalesce(nullif(${excluded}, ''), case when known.pusher = excluded.pusher then ${known} else '' end)`
}

/**
 * A statement of its own, which begins when the address is committed: of registrations at the same time, the last one sees
 * all. An address that is registered again meanwhile stays.
 */
async function removeExcess(db: Database, { app, pusher, kind }: NewAddress): Promise<void> {
  await db.execute(sql`
    with ranked as (
      select id, seen_at, row_number() over (partition by disabled_at is null order by seen_at desc, id desc) as place
      from carillon.addresses where app_id = ${app} and pusher = ${pusher} and kind = ${kind}
    ), excess as (
      select a.id from carillon.addresses as a join ranked on ranked.id = a.id
      where place > ${MOST_OF_KIND} and a.seen_at = ranked.seen_at and a.pusher = ${pusher}
      order by a.id for update of a
    )
    delete from carillon.addresses where id in (select id from excess)`)
}
