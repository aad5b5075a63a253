import { sql } from 'drizzle-orm'
import type { Address, AddressKind } from '@carillon/contract'
import type { Database } from '../database.ts'
import { seconds } from '../history/records.ts'
import { statement } from '../statement.ts'
import { MOST_OF_KIND } from './register.ts'

type AddressRow = Address & { pusher: string }

/** The enabled addresses of pushers, index-aligned, those seen last first. */
export async function enabledOf(
  db: Database,
  app: number,
  pushers: readonly string[],
  kinds: readonly AddressKind[],
): Promise<Address[][]> {
  const { rows } = await enabled(db, { app, pushers: [...new Set(pushers)], kinds: [...kinds] })
  const found = Map.groupBy(rows, ({ pusher }) => pusher)
  return pushers.map((pusher) => (found.get(pusher) ?? []).map(({ pusher: _pusher, ...address }) => address))
}

/** Looks up each pusher by itself, so that no plan reads the addresses of all others. */
const enabled = statement<{ app: number; pushers: string[]; kinds: string[] }, AddressRow>(
  'addresses_of',
  (give) => sql`
    select found.* from unnest(${give('pushers', 'text[]')}) as one (pusher)
    cross join unnest(${give('kinds', 'text[]')}) as wanted (kind)
    cross join lateral (
      select a.pusher, a.id::text, a.kind, a.token, a.target, a.environment, a.platform, a.locale, a.timezone, a.label,
        ${seconds(sql`a.created_at`)} as "createdAt", ${seconds(sql`a.seen_at`)} as "seenAt"
      from carillon.addresses as a
      where a.app_id = ${give('app')} and a.pusher = one.pusher and a.kind = wanted.kind and a.disabled_at is null
      order by a.seen_at desc, a.id desc limit ${sql.raw(String(MOST_OF_KIND))}
    ) as found
    order by "seenAt" desc, found.id::bigint desc`,
)
