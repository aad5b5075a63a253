import { errorCode } from '@carillon/contract'
import type { Consumer } from '@carillon/queue'
import type { TakenWithPusher } from '@carillon/store'
import { Offer, type OfferParts } from '../hand-over/offer.ts'
import type { Parcel } from '../hand-over/parcel.ts'
import { someIds } from '../some-ids.ts'
import { type DeliverParts, record, send } from './deliver.ts'

export interface HandedParts extends DeliverParts {
  /** This worker's id. */
  worker: string
  backplane: OfferParts['backplane']
}

/** A parcel that is older, or comes from the future, was late or the clocks differ: in ms. */
const LATE_MS = 2000

/** Sends what this worker is given while it has nothing else to do. */
export function sendHanded(parts: HandedParts): Consumer {
  const { worker, sender, slots, backplane, rules } = parts
  const receiving = new Set<Promise<void>>()
  const take = (parcel: Parcel) => {
    rules.observer.batch('give', parcel.pushes.length)
    const received = receive(parts, parcel)
      .catch((error: unknown) =>
        rules.log.error({ error: errorCode(error) }, 'pushes could not be begun; others take them'),
      )
      .finally(() => receiving.delete(received))
    receiving.add(received)
  }
  const offer = new Offer({
    backplane,
    worker,
    sender: sender.name,
    room: () => (slots.isFree ? slots.room : 0),
    take,
    log: rules.log,
  })
  slots.onReturn(() => offer.look())
  return {
    async stop() {
      await offer.withdraw()
      await Promise.all(receiving)
    },
  }
}

/** Begins what can begin now, and gives back the rest: others may have room for it. */
async function receive(parts: HandedParts, parcel: Parcel): Promise<void> {
  const isLate = Math.abs(Date.now() - parcel.at) > LATE_MS
  const heldSince = performance.now() - (isLate ? 0 : parcel.age)
  const held = isLate ? await stillHeld(parts, parcel.pushes) : parcel.pushes
  for (const push of held) parts.leases.hold(push, heldSince)
  const permit = parts.slots.acquireNow(held.length)
  const now = held.slice(0, permit.pushes)
  const returned = giveBack(parts, held.slice(now.length))
  const isBegun = now.length > 0 && (await send(parts, now))
  parts.slots.giveBack(permit, isBegun ? now.length : 0)
  await returned
}

/** Of what comes late others may have taken some meanwhile; all of it, where that cannot be known. */
async function stillHeld(
  { pushes: rows, leaseSeconds, rules: { log } }: HandedParts,
  pushes: TakenWithPusher[],
): Promise<TakenWithPusher[]> {
  try {
    const held = new Set(await rows.renew(pushes, leaseSeconds))
    return pushes.filter(({ id }) => held.has(id))
  } catch (error) {
    const ids = pushes.map(({ id }) => id)
    log.warn({ error: errorCode(error), ...someIds(ids) }, 'leases could not be asked for; these pushes wait')
    return []
  }
}

async function giveBack(parts: HandedParts, pushes: TakenWithPusher[]): Promise<void> {
  await Promise.all(pushes.map((push) => record(parts, push, { is: 'returned' })))
}
