import { sql } from 'drizzle-orm'
import { CarillonError } from '@carillon/contract'
import { PushState } from '../schema/push.ts'
import type { Database } from '../database.ts'

/** Cancels one pending push. */
export async function cancelPush(db: Database, app: number, sender: string, name: string): Promise<void> {
  const { rows } = await db.execute<{ cancelled: boolean; sending: boolean }>(sql`
    with found as (
      select id, state = ${PushState.sending} and lease_until >= now() as sending from carillon.pushes
      where app_id = ${app} and sender = ${sender} and name = ${name} and finished_at is null
      for update
    ), cancelled as (
      update carillon.pushes as p set state = ${PushState.cancelled}, finished_at = now(), lease_until = null
      from found where p.id = found.id and not found.sending
      returning p.id
    )
    select sending from found left join cancelled using (id)`)
  const [found] = rows
  if (!found)
    throw new CarillonError('push_not_found', `There is no pending push ${name}: it is unknown, or was sent already.`)
  if (found.sending)
    throw new CarillonError('push_sending', `The push ${name} is being sent right now; it is too late to cancel it.`)
}

/**
 * Forgets a pusher: what waits is cancelled, and what history keeps no longer says whom it was for
 * or what it said. A push that is being sent at this moment ends by itself.
 */
export async function forgetPusher(db: Database, app: number, pusher: string): Promise<void> {
  await db.execute(sql`
    with theirs as materialized (
      select id from carillon.pushes where app_id = ${app} and pusher = ${pusher} order by id for update
    )
    update carillon.pushes as p set
      state = case when p.state = ${PushState.waiting} then ${PushState.cancelled}::smallint else p.state end,
      finished_at = case when p.state = ${PushState.waiting} then now() else p.finished_at end,
      again_at = null, name = 'erased_' || p.id, pusher = '', data = '', reason = null
    from theirs where p.id = theirs.id`)
  await db.execute(sql`
    delete from carillon.broadcast_recipients
    where pusher = ${pusher} and broadcast_id in (select id from carillon.broadcasts where app_id = ${app})`)
}

/** Ends what is over its ttl and that no worker took. @returns how many. */
export async function expirePushes(db: Database, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    with over as materialized (
      select id from carillon.pushes
      where finished_at is null and state = ${PushState.waiting} and due_at < now() and expires_at < now()
      order by id limit ${limit} for update skip locked
    )
    update carillon.pushes as p set state = ${PushState.dead}, finished_at = now(), reason = 'its ttl was over before a worker took it'
    from over where p.id = over.id`)
  return rowCount ?? 0
}
