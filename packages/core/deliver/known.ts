import type { Pusher, PusherStore, Sender } from '@carillon/contract'
import type { PushResult, SuppressionRepository, TakenPush, TakenWithPusher } from '@carillon/store'
import { findSuppressed } from './suppressed.ts'

/** What was read, in bulk, about the pushers of pushes. */
export interface Known {
  /** By app and id. */
  pushers: Map<string, Pusher>
  /** By the push's id. */
  suppressed: Map<string, PushResult>
}

interface KnownParts {
  sender: Sender
  pushers: PusherStore
  suppressions: SuppressionRepository
}

/** A push that was taken, with its pusher where both live in one database. */
export type Taken = TakenPush | TakenWithPusher

/** Whom pushes go to, and which of them are not to be sent. Rejects while a store is away. */
export async function readKnown(parts: KnownParts, taken: Taken[]): Promise<Known> {
  const pushers = await findPushers(parts.pushers, taken)
  return { pushers, suppressed: await suppressedAmong(parts, taken, pushers) }
}

async function suppressedAmong(
  { sender, suppressions }: KnownParts,
  taken: TakenPush[],
  pushers: Map<string, Pusher>,
): Promise<Known['suppressed']> {
  const asked = taken.flatMap(({ id, app, pusher: of, data: raw }) => {
    const pusher = pushers.get(`${app} ${of}`)
    return pusher ? [{ id, app, pusher, raw }] : []
  })
  const results = await findSuppressed(sender, suppressions, asked)
  return new Map(results.flatMap((result, index) => (result ? [[asked[index]!.id, result]] : [])))
}

async function findPushers(store: PusherStore, pushes: Taken[]): Promise<Map<string, Pusher>> {
  const found = new Map<string, Pusher>()
  const add = (app: number, pusher: Pusher) => found.set(`${app} ${pusher.id}`, pusher)
  const elsewhere = pushes.filter((push) => !('recipient' in push))
  for (const push of pushes) if ('recipient' in push && push.recipient) add(push.app, push.recipient)
  for (const [app, group] of Map.groupBy(elsewhere, (push) => push.app)) {
    const pushers = await store.getMany(app, [...new Set(group.map(({ pusher }) => pusher))])
    for (const pusher of pushers) add(app, pusher)
  }
  return found
}
