import type { DuePlace, DuePush, DatabaseTime, PushRepository } from '@carillon/store'
import type { Notifier } from '../notifier.ts'

/** How long a left push is not woken again while its wake-up stands in line. */
const AGAIN_MS = 10_000

export interface OrphanMemory {
  /** Per push, unix ms. */
  wokenAt: Map<string, number>
  /** Per sender: where the look into its backlog goes on. */
  goesOn: Map<string, DuePlace | null>
}

export function noOrphans(): OrphanMemory {
  return { wokenAt: new Map(), goesOn: new Map() }
}

/** Wakes the pushes of a worker that died, one wake-up each. */
export async function wakeOrphaned(
  { pushes, notifier }: { pushes: PushRepository; notifier: Notifier },
  { wokenAt, goesOn }: OrphanMemory,
  sender: string,
): Promise<void> {
  const now = Date.now()
  for (const [id, at] of wokenAt) if (now - at > AGAIN_MS) wokenAt.delete(id)
  const orphaned = (await look(pushes, goesOn, sender)).filter(({ id }) => !wokenAt.has(id))
  for (const { id } of orphaned) wokenAt.set(id, now)
  notifier.each(orphaned)
}

/** Each time among those that were due first, where most stand, and among as many of a long backlog behind them. */
async function look(pushes: PushRepository, goesOn: OrphanMemory['goesOn'], sender: string): Promise<DuePush[]> {
  const first = await pushes.orphaned(sender, null)
  const behind = first.next && (await pushes.orphaned(sender, goesOn.get(sender) ?? first.next))
  goesOn.set(sender, behind && behind.next)
  return [...first.orphaned, ...(behind ? behind.orphaned : [])]
}

const CHUNK = 1000

/** Wakes every waiting push of a sender that is due between two moments. */
export async function wakeOverdue(
  { pushes, notifier }: { pushes: PushRepository; notifier: Notifier },
  sender: string,
  until: DatabaseTime,
  since: DatabaseTime = 0,
): Promise<void> {
  let from = since
  let afterId: string | undefined
  for (;;) {
    const due = await pushes.waiting({ sender, from, until, ...(afterId && { afterId }) }, CHUNK)
    notifier.pushes(due)
    const last = due.at(-1)
    if (!last || due.length < CHUNK) return
    from = last.due
    afterId = last.id
  }
}
