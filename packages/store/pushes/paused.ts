import { sql } from 'drizzle-orm'
import { BroadcastState } from '../schema/broadcast.ts'

/** A condition on `pushes as p`: what came out of a broadcast waits while that is paused. */
export const notOfPaused = sql`(p.broadcast_id is null or not exists (
  select from carillon.broadcasts as b where b.id = p.broadcast_id and b.state = ${BroadcastState.paused}))`
