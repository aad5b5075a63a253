import { sql } from 'drizzle-orm'

/**
 * Outcomes so far of those who stand in a `page`, null for none. Each is looked up by itself: joined, all recipients
 * that the broadcast has had would be read for every page.
 */
export const pageOutcomes = sql`
  select (
    select r.outcome from carillon.broadcast_recipients as r
    where r.broadcast_id = page.broadcast_id and r.pusher = one.pusher) as outcome
  from unnest(page.pushers) as one (pusher)`
