import type { ListOptions, PusherList, PusherStore } from 'carillon'
import { CHANGE, CREATE_OR_CHANGE, changeValues } from './change.ts'
import { searchCondition } from './search.ts'
import { COLUMNS, toPusher, type UserRow } from './user-row.ts'

/** A pool of pg; PGlite will do as well. */
export interface Database {
  query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }>
}

/** Makes the users of a shop the recipients of Carillon: an app is a tenant, a sender a channel, a tag a label. */
export function usersStore(database: Database): PusherStore {
  const rows = async <Row>(sql: string, values: unknown[]) => (await database.query(sql, values)).rows as Row[]
  const users = (rest: string, values: unknown[]) => rows<UserRow>(`select ${COLUMNS} from users where ${rest}`, values)

  /** The users of tenant `$1` for whom `condition` holds. */
  async function newestFirst(condition: string, values: unknown[], options: ListOptions): Promise<PusherList> {
    const { from, size, after } = options
    const [after$, from$, size$] = [1, 2, 3].map((more) => `$${values.length + more}`)
    const counted = await rows<{ total: number }>(
      `select count(*)::int as total from users where tenant = $1 and ${condition}`,
      values,
    )
    const found = await users(
      `tenant = $1 and ${condition} and (${after$}::text is null
         or (joined, id) < (select joined, id from users where tenant = $1 and login = ${after$}))
       order by joined desc, id desc offset ${from$} limit ${size$}`,
      [...values, after ?? null, after === undefined ? from : 0, size],
    )
    return { pushers: found.map(toPusher), total: counted[0]?.total ?? 0 }
  }

  return {
    getMany: async (app, ids) => (await users('tenant = $1 and login = any($2::text[])', [app, ids])).map(toPusher),
    async set(app, id, change, create) {
      const changed = await rows(create ? CREATE_OR_CHANGE : CHANGE, changeValues(app, id, change))
      return changed.length > 0
    },
    async delete(app, id) {
      const deleted = await rows('delete from users where tenant = $1 and login = $2 returning id', [app, id])
      return deleted.length > 0
    },
    list: (app, options) => newestFirst('true', [app], options),
    async search(app, query, options) {
      const { sql, values } = searchCondition(query, 1)
      return newestFirst(`(${sql})`, [app, ...values], options)
    },
    async page(app, { sender, tag, cursor, limit }) {
      // Ids only grow: a user who joins after the first page has an id above the newest of that moment.
      const newest = () => rows<{ id: number }>('select coalesce(max(id), 0) as id from users', [])
      const [last, fence] = cursor?.split(':').map(Number) ?? [0, (await newest())[0]?.id]
      const found = await users(
        `tenant = $1 and channels ? $2 and ($3 = '' or labels ? $3) and id > $4 and id <= $5 order by id limit $6`,
        [app, sender, tag, last, fence, limit],
      )
      const next = found.length < limit ? null : `${found.at(-1)?.id}:${fence}`
      return { pushers: found.map(toPusher), next }
    },
  }
}
