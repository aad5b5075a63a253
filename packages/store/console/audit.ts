import { type SQL, sql } from 'drizzle-orm'
import type { AuditEntry, AuditQuery, AuditRecord } from '@carillon/contract'
import type { Database } from '../database.ts'
import { seconds } from '../history/records.ts'

/** Who did what. */
export interface AuditRepository {
  /** Written before it is done, so that nothing is done unseen. @returns the entry's id */
  add(entry: AuditEntry): Promise<string>
  /** Adds the error to an entry whose action was refused or failed. */
  fail(id: string, failure: string): Promise<void>
  /** Says what was done in more detail, such as to how many. */
  retarget(id: string, target: string): Promise<void>
  /** Newest first. */
  list(query: AuditQuery): Promise<AuditRecord[]>
  /** The first 100 accounts and actions that entries have, each sorted. */
  names(): Promise<{ accounts: string[]; actions: string[] }>
}

const DEFAULT_SIZE = 10
const MOST_NAMES = 100

export function auditRepository(db: Database): AuditRepository {
  return {
    async add({ account, address, app, action, target }) {
      const { rows } = await db.execute<{ id: string }>(sql`
        insert into carillon.audit (account, address, app_id, action, target)
        values (${account}, ${address}, ${app}, ${action}, ${target}) returning id`)
      return rows[0]!.id
    },
    async fail(id, failure) {
      await db.execute(sql`update carillon.audit set failure = ${failure} where id = ${id}`)
    },
    async retarget(id, target) {
      await db.execute(sql`update carillon.audit set target = ${target} where id = ${id}`)
    },
    list: (query) => list(db, query),
    async names() {
      const [accounts, actions] = await Promise.all([namesIn(db, sql`account`), namesIn(db, sql`action`)])
      return { accounts, actions }
    },
  }
}

/** An index for each combination of account and action has the entries in order, so a page takes as long however many there are. */
async function list(db: Database, query: AuditQuery): Promise<AuditRecord[]> {
  const { account, action, since, until, after, size = DEFAULT_SIZE } = query
  const { rows } = await db.execute<AuditRecord & Record<string, unknown>>(sql`
    select id, ${seconds(sql`at`)} as time, account, address, app_id as app, action, target, failure
    from carillon.audit
    where true
      ${account === undefined ? sql`` : sql`and account = ${account}`}
      ${action === undefined ? sql`` : sql`and action = ${action}`}
      ${since === undefined ? sql`` : sql`and at >= to_timestamp(${since})`}
      ${until === undefined ? sql`` : sql`and at < to_timestamp(${until})`}
      ${after === undefined ? sql`` : sql`and (at, id) < (select at, id from carillon.audit where id = ${after})`}
    order by at desc, id desc limit ${size}`)
  return rows
}

/** Goes from each name to the next one by the index, instead of reading all entries. */
async function namesIn(db: Database, column: SQL): Promise<string[]> {
  const { rows } = await db.execute<{ name: string }>(sql`
    with recursive known (name) as (
      (select ${column} from carillon.audit order by ${column} limit 1)
      union all
      select (select ${column} from carillon.audit where ${column} > known.name order by ${column} limit 1)
      from known where known.name is not null
    )
    select name from known where name is not null limit ${MOST_NAMES}`)
  return rows.map(({ name }) => name)
}
