import { errorCode } from '@carillon/contract'
import type { Consumer } from '@carillon/queue'
import type { PushRepository, TakenWithPusher } from '@carillon/store'
import { Offer, type OfferParts } from '../hand-over/offer.ts'
import type { Parcel } from '../hand-over/parcel.ts'
import { someIds } from '../some-ids.ts'
import { type DeliverParts, record, send } from './deliver.ts'
import type { Permit } from './slots.ts'

export interface HandedParts extends DeliverParts {
  /** This worker's id. */
  worker: string
  backplane: OfferParts['backplane']
  pushes: PushRepository
}

/** A parcel that is older, or comes from the future, was late or the clocks differ: in ms. */
const LATE_MS = 2000

/** Sends what this worker is given while it has nothing else to do. */
export function sendHanded(parts: HandedParts): Consumer {
  const { worker, sender, slots, backplane, rules } = parts
  const receiving = new Set<Promise<void>>()
  const take = (parcel: Parcel) => {
    rules.observer.batch('give', parcel.pushes.length)
    const received = receive(parts, parcel).finally(() => receiving.delete(received))
    receiving.add(received)
    offer.look()
  }
  const offer = new Offer({ backplane, worker, sender: sender.name, isFree: () => slots.isFree, take, log: rules.log })
  return {
    async stop() {
      await offer.withdraw()
      await Promise.all(receiving)
    },
  }
}

/** Never rejects. */
async function receive(parts: HandedParts, parcel: Parcel): Promise<void> {
  let rest = await stillHeld(parts, parcel)
  while (rest.length > 0) {
    const permit = await parts.slots.acquire(rest.length)
    if (parts.drain.aborted) return giveBack(parts, rest, permit)
    const now = rest.slice(0, permit.pushes)
    rest = rest.slice(now.length)
    const isStarted = await send(parts, now)
    parts.slots.giveBack(permit, isStarted ? now.length : 0)
  }
}

/** All of a parcel that comes at once; of one that is late, others may have taken some meanwhile. */
async function stillHeld(parts: HandedParts, parcel: Parcel): Promise<TakenWithPusher[]> {
  const isLate = Math.abs(Date.now() - parcel.at) > LATE_MS
  const heldSince = performance.now() - (isLate ? 0 : parcel.age)
  const held = isLate ? new Set(await renew(parts, parcel)) : null
  const mine = parcel.pushes.filter(({ id }) => !held || held.has(id))
  for (const push of mine) parts.leases.hold(push, heldSince)
  return mine
}

/** None where it cannot be known: others take them when the lease is over. */
async function renew({ pushes, leaseSeconds, rules: { log } }: HandedParts, parcel: Parcel): Promise<string[]> {
  try {
    return await pushes.renew(parcel.pushes, leaseSeconds)
  } catch (error) {
    const ids = parcel.pushes.map(({ id }) => id)
    log.warn({ error: errorCode(error), ...someIds(ids) }, 'leases could not be asked for; these pushes wait')
    return []
  }
}

async function giveBack(parts: HandedParts, pushes: TakenWithPusher[], permit: Permit): Promise<void> {
  parts.slots.giveBack(permit)
  await Promise.all(pushes.map((push) => record(parts, push, { is: 'returned' })))
}
