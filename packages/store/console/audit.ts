import { sql } from 'drizzle-orm'
import type { AuditEntry, AuditQuery, AuditRecord } from '@carillon/contract'
import type { Database } from '../database.ts'
import { seconds } from '../history/records.ts'

/** What was done in the console. */
export interface AuditRepository {
  /** Written before it is done, so that nothing is done unseen. @returns the entry's id */
  add(entry: AuditEntry): Promise<string>
  /** Adds the error to an entry whose action was refused or failed. */
  fail(id: string, failure: string): Promise<void>
  /** Says what was done in more detail, such as to how many. */
  retarget(id: string, target: string): Promise<void>
  /** Newest first. */
  list(query: AuditQuery): Promise<AuditRecord[]>
}

const DEFAULT_SIZE = 10

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
    async list({ after, size = DEFAULT_SIZE }) {
      const { rows } = await db.execute<AuditRecord & Record<string, unknown>>(sql`
        select id, ${seconds(sql`at`)} as time, account, address, app_id as app, action, target, failure
        from carillon.audit ${after === undefined ? sql`` : sql`where id < ${after}`}
        order by id desc limit ${size}`)
      return rows
    },
  }
}
