import { sql } from 'drizzle-orm'
import { CarillonError } from '@carillon/contract'
import { EventNumber, PushState } from '../schema/push.ts'
import type { Database } from '../database.ts'
import { endAs, intoHistory, kept } from './finish.ts'

export interface ExpiredPush {
  id: string
  app: number
  sender: string
  attempt: number
  /** How it ended: earlier attempts may have sent enough. */
  outcome: 'sent' | 'dead'
}

/** Cancels one pending push. @returns its id. */
export async function cancelPush(db: Database, app: number, sender: string, name: string): Promise<string> {
  const { rows } = await db.execute<{ id: string; sending: boolean }>(sql`
    with found as (
      select id, state = ${PushState.sending} and lease_until >= now() as sending from carillon.pushes
      where app_id = ${app} and sender = ${sender} and name = ${name}
      for update
    ), cancelled as (
      ${endAs(PushState.cancelled, sql`(select id from found where not sending)`)}
    ), history as (
      ${intoHistory(sql`cancelled`)}
    ), events as (
      insert into carillon.push_events (push_id, event, attempt)
      select id, ${EventNumber.cancelled}, attempt from cancelled
    )
    select id, sending from found`)
  const [found] = rows
  if (!found)
    throw new CarillonError(
      'push_not_found',
      `There is no pending push ${name}: it is unknown, or it was already sent.`,
    )
  if (found.sending)
    throw new CarillonError('push_sending', `The push ${name} is being sent; it is too late to cancel it.`)
  return found.id
}

/** Ends pushes whose ttl is over and that no worker claimed: as their attempts said they would if they were the last, or dead. */
export async function expirePushes(db: Database, limit: number): Promise<ExpiredPush[]> {
  const { rows } = await db.execute<ExpiredPush & Record<string, unknown>>(sql`
    with over as materialized (
      select id, progress::jsonb -> 'ifLast' as last from carillon.pushes
      where state = ${PushState.waiting} and due_at < now() and expires_at < now()
      order by id limit ${limit} for update skip locked
    ), ended as (
      delete from carillon.pushes as p using over where p.id = over.id
      returning ${kept}, p.due_at, p.failures,
        case when last ->> 'is' = 'sent' then ${PushState.sent}::smallint else ${PushState.dead}::smallint end as state,
        case when last ->> 'is' = 'sent' then null
        else coalesce(last ->> 'reason', 'its ttl was over before a worker took it') end as reason,
        last ->> 'messageId' as message_id
    ), history as (
      ${intoHistory(sql`ended`)}
    ), events as (
      insert into carillon.push_events (push_id, event, attempt, reason)
      select id, ${EventNumber.dead}, attempt, reason from ended where state = ${PushState.dead}
    )
    select id, app_id as app, sender, attempt,
      case when state = ${PushState.sent} then 'sent' else 'dead' end as outcome
    from ended`)
  return rows
}
