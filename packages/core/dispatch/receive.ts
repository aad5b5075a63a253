import { errorCode } from '@carillon/contract'
import type { Consumer } from '@carillon/queue'
import type { ClaimedWithPusher } from '@carillon/store'
import { type DeliverDeps, record, send } from '../claim/deliver.ts'
import { someIds } from '../some-ids.ts'
import { IdleAnnouncer, type IdleAnnouncerDeps } from './idle-announcer.ts'
import type { DirectDispatch } from './messages.ts'

export interface ReceiveDeps extends DeliverDeps {
  /** This worker's id. */
  worker: string
  backplane: IdleAnnouncerDeps['backplane']
}

/** A dispatch that is older, or comes from the future, was late or the clocks differ: in ms. */
const LATE_MS = 2000

/** Sends what this worker is given while it has nothing else to do. */
export function receiveDispatches(deps: ReceiveDeps): Consumer {
  const { worker, sender, concurrency, backplane, rules } = deps
  const receiving = new Set<Promise<void>>()
  const begin = (dispatch: DirectDispatch) => {
    rules.observer.batch('give', dispatch.pushes.length)
    const received = receive(deps, dispatch)
      .catch((error: unknown) =>
        rules.log.error({ error: errorCode(error) }, 'pushes could not be begun; others take them'),
      )
      .finally(() => receiving.delete(received))
    receiving.add(received)
  }
  const announcer = new IdleAnnouncer({
    backplane,
    worker,
    sender: sender.name,
    room: () => (concurrency.isIdle ? concurrency.room : 0),
    receive: begin,
    log: rules.log,
  })
  concurrency.onReturn(() => announcer.refresh())
  return {
    async stop() {
      await announcer.stop()
      await Promise.all(receiving)
    },
  }
}

/** Begins what can begin now, and gives back the rest: others may have room for it. */
async function receive(deps: ReceiveDeps, dispatch: DirectDispatch): Promise<void> {
  const isLate = Math.abs(Date.now() - dispatch.at) > LATE_MS
  const heldSince = performance.now() - (isLate ? 0 : dispatch.age)
  const held = isLate ? await stillHeld(deps, dispatch.pushes) : dispatch.pushes
  for (const push of held) deps.leases.hold(push, heldSince)
  const permit = deps.concurrency.acquireNow(held.length)
  const now = held.slice(0, permit.pushes)
  const returned = giveBack(deps, held.slice(now.length))
  const isBegun = now.length > 0 && (await send(deps, now))
  deps.concurrency.giveBack(permit, isBegun ? now.length : 0)
  await returned
}

/** Of what comes late others may have claimed some meanwhile; all of it, where that cannot be known. */
async function stillHeld(
  { pushes: rows, leaseSeconds, rules: { log } }: ReceiveDeps,
  pushes: ClaimedWithPusher[],
): Promise<ClaimedWithPusher[]> {
  try {
    const held = new Set(await rows.renew(pushes, leaseSeconds))
    return pushes.filter(({ id }) => held.has(id))
  } catch (error) {
    const ids = pushes.map(({ id }) => id)
    log.warn({ error: errorCode(error), ...someIds(ids) }, 'leases could not be asked for; these pushes wait')
    return []
  }
}

async function giveBack(deps: ReceiveDeps, pushes: ClaimedWithPusher[]): Promise<void> {
  await Promise.all(pushes.map((push) => record(deps, push, { is: 'returned' })))
}
