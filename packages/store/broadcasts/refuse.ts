import { sql } from 'drizzle-orm'
import { CarillonError } from '@carillon/contract'
import type { Database } from '../database.ts'

/** Says why there is nothing to change. */
export async function refuse(db: Database, app: number, name: string): Promise<never> {
  const { rowCount } = await db.execute(sql`
    select from carillon.broadcasts where app_id = ${app} and name = ${name} limit 1`)
  if (rowCount === 0) throw new CarillonError('broadcast_not_found', `There is no broadcast ${name}.`)
  throw new CarillonError('broadcast_done', `The broadcast ${name} is over: it is done or was cancelled.`)
}
