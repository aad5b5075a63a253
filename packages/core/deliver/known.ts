import type { Pusher, PusherStore, Sender } from '@carillon/contract'
import type { PushResult, SuppressionRepository, TakenPush } from '@carillon/store'
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

/** Whom pushes go to, and which of them are not to be sent. Rejects while a store is away. */
export async function readKnown(parts: KnownParts, taken: TakenPush[]): Promise<Known> {
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

async function findPushers(store: PusherStore, pushes: TakenPush[]): Promise<Map<string, Pusher>> {
  const byApp = Map.groupBy(pushes, ({ app }) => app)
  const found = new Map<string, Pusher>()
  for (const [app, group] of byApp) {
    const pushers = await store.getMany(app, [...new Set(group.map(({ pusher }) => pusher))])
    for (const pusher of pushers) found.set(`${app} ${pusher.id}`, pusher)
  }
  return found
}
