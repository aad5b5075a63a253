import { sql } from 'drizzle-orm'

/**
 * Outcomes so far of those who stand in a `page`. Each is looked up by itself, which `offset` insists on: where
 * Postgres has no statistics yet, it would rather read all recipients that the broadcast has had for every page.
 */
export const pageOutcomes = sql`
  select recipient.outcome
  from unnest(page.pushers) as one (pusher)
  cross join lateral (
    select r.outcome from carillon.broadcast_recipients as r
    where r.broadcast_id = page.broadcast_id and r.pusher = one.pusher
    offset 0
  ) as recipient`
