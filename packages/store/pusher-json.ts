import { type SQL, sql } from 'drizzle-orm'
import { pusherColumns, pushers } from './schema/pusher.ts'

const columns = sql.join(
  Object.entries(pusherColumns).map(([name, column]) => sql`${column} as ${sql.identifier(name)}`),
  sql`, `,
)

/** Selects pushers as JSON, just as the contract has them: parsing that costs less than mapping columns. */
export function pusherJson(where: SQL): SQL {
  return sql`select row_to_json(r) as pusher from (select ${columns} from ${pushers} where ${where}) as r`
}
