import type { PushResult, TakenPush } from '@carillon/store'
import type { Known } from './known.ts'
import type { Leases } from './leases.ts'
import { letterId } from './letter-id.ts'
import { type Letter, openLetter } from './letter.ts'

type PrepareParts = Parameters<typeof openLetter>[0] & { leases: Leases }

/** The letter to send, or why it is not sent. */
export function prepare(parts: PrepareParts, push: TakenPush, { pushers, suppressed }: Known): Letter | PushResult {
  const pusher = pushers.get(`${push.app} ${push.pusher}`)
  if (push.expired) return { is: 'dead', reason: 'its ttl was over' }
  if (!pusher) return { is: 'dead', reason: 'the pusher was removed' }
  if (!push.force && !pusher.senders.includes(push.sender))
    return { is: 'dead', reason: 'the pusher no longer has this sender' }
  if (push.cancelled || !parts.leases.isSafe(push.id)) return { is: 'returned' }
  const known = suppressed.get(push.id)
  if (known) return known
  const { app, name, attempt, failures, data: raw, traceparent } = push
  return openLetter(parts, { id: letterId(push), app, name, attempt, failures, raw, pusher }, traceparent)
}
