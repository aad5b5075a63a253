import { type SQL, sql } from 'drizzle-orm'
import type { PushFilter, PushStateName } from '@carillon/contract'
import { PushState } from '../schema/push.ts'

/** The condition on `p`, for use behind others. */
export function matching(app: number, { sender, pusher, broadcast }: PushFilter): SQL {
  return sql`p.app_id = ${app}
    ${sender === undefined ? sql`` : sql`and p.sender = ${sender}`}
    ${pusher === undefined ? sql`` : sql`and p.pusher = ${pusher}`}
    ${broadcast === undefined ? sql`` : sql`and p.broadcast_id = any(${broadcastsNamed(app, broadcast)})`}`
}

/** Says what the partial indexes say, which the state alone would not lead to. */
export function inState(state: PushStateName): SQL {
  const ended = state !== 'waiting' && state !== 'sending'
  return sql`p.state = ${PushState[state]} and p.finished_at is ${ended ? sql`not null` : sql`null`}
    ${state === 'dead' ? sql`and p.reason is not null` : sql``}`
}

/** Dead, and not erased since. */
export const isDead = inState('dead')

export function olderThan(id: string | undefined): SQL {
  return id === undefined ? sql`` : sql`and p.id < ${id}`
}

/** A name comes again once a broadcast is done. */
function broadcastsNamed(app: number, name: string): SQL {
  return sql`array(select id from carillon.broadcasts where app_id = ${app} and name = ${name})`
}
