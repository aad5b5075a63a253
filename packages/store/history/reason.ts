import { sql } from 'drizzle-orm'
import { isAlive } from '../cluster/workers.ts'
import { PushState } from '../schema/push.ts'
import { notOfPaused } from '../pushes/claim.ts'

const isPaused = sql`exists (
  select from carillon.sender_pauses as pause where pause.app_id = p.app_id and pause.sender = p.sender)`
const hasWorker = sql`exists (select from carillon.workers where p.sender = any(senders) and ${isAlive})`

/**
 * Why a push `p` waits, or why it is dead. The row itself keeps what its last try said. What keeps it otherwise depends on
 * the moment: whether it is due, whether it or its sender is paused, and who runs its sender.
 */
export const reason = sql`
  case when p.state + 0 <> ${PushState.waiting} then p.reason
  when p.due_at > now() then
    case when p.due_at = p.scheduled_at then 'it is scheduled for later'
    else coalesce(p.reason, 'its sender asked to be called again later') end
  when not ${notOfPaused} then 'its broadcast is paused'
  when ${isPaused} then 'its sender is paused'
  when not ${hasWorker} then 'no worker runs its sender'
  else 'it waits for its turn: the workers of its sender are busy, or its rate is used up' end`
