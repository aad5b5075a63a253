import { type SQL, sql } from 'drizzle-orm'
import type { Pusher } from '@carillon/contract'
import { pusherColumns } from './schema/pusher.ts'

const columns = sql.join(
  Object.entries(pusherColumns).map(([name, column]) => sql`${column} as ${sql.identifier(name)}`),
  sql`, `,
)

/** A row as JSON, just as the contract has a `Pusher`: parsing that costs less than mapping columns. */
export const pusherJson: SQL<Pusher> = sql`(select row_to_json(r) from (select ${columns}) as r)`
