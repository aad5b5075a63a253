import type { Moment, PushRepository } from '@carillon/store'
import type { Waker } from '../wake.ts'

const CHUNK = 1000

/** Wakes every waiting push of a sender that is due between two moments. */
export async function wakeOverdue(
  { pushes, waker }: { pushes: PushRepository; waker: Waker },
  sender: string,
  until: Moment,
  since: Moment = 0,
): Promise<void> {
  let from = since
  let afterId: string | undefined
  for (;;) {
    const due = await pushes.waiting({ sender, from, until, ...(afterId && { afterId }) }, CHUNK)
    waker.pushes(due)
    const last = due.at(-1)
    if (!last || due.length < CHUNK) return
    from = last.due
    afterId = last.id
  }
}
