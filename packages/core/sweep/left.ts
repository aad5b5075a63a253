import type { DuePlace, DuePush, PushRepository } from '@carillon/store'
import type { Waker } from '../wake.ts'

/** How long a left push is not woken again while its hint stands in line. */
const AGAIN_MS = 10_000

export interface LeftMemory {
  /** Per push, unix ms. */
  wokenAt: Map<string, number>
  /** Per sender: where the look into its backlog goes on. */
  goesOn: Map<string, DuePlace | null>
}

export function nothingLeft(): LeftMemory {
  return { wokenAt: new Map(), goesOn: new Map() }
}

/** Wakes the pushes of a worker that died, one hint each. */
export async function wakeLeft(
  { pushes, waker }: { pushes: PushRepository; waker: Waker },
  { wokenAt, goesOn }: LeftMemory,
  sender: string,
): Promise<void> {
  const now = Date.now()
  for (const [id, at] of wokenAt) if (now - at > AGAIN_MS) wokenAt.delete(id)
  const left = (await look(pushes, goesOn, sender)).filter(({ id }) => !wokenAt.has(id))
  for (const { id } of left) wokenAt.set(id, now)
  waker.each(left)
}

/** Each time among those that were due first, where most stand, and among as many of a long backlog behind them. */
async function look(pushes: PushRepository, goesOn: LeftMemory['goesOn'], sender: string): Promise<DuePush[]> {
  const first = await pushes.left(sender, null)
  const behind = first.next && (await pushes.left(sender, goesOn.get(sender) ?? first.next))
  goesOn.set(sender, behind && behind.next)
  return [...first.left, ...(behind ? behind.left : [])]
}
