import { CarillonError, type PushCommand, type Pusher, type PusherStore } from '@carillon/contract'
import type { AcceptedPush, NewPush, PushRepository } from '@carillon/store'
import { LEASE_S } from '../claim/leases.ts'
import { type DispatchDeps, planDispatch } from '../dispatch/dispatch.ts'

interface Deps {
  pushers: PusherStore
  pushes: PushRepository
}

/** Writes the pushes that may be accepted, and answers each with its row or with why it is refused, index-aligned. */
export type AcceptTogether = (pushes: NewPush[]) => Promise<(AcceptedPush | CarillonError)[]>

/** Asks for the pushers, wherever they are, and then writes their pushes. */
export function askingFirst({ pushers, pushes: rows }: Deps): AcceptTogether {
  return async (pushes) => {
    const found = await findPushers(pushers, pushes)
    const refusals = pushes.map((push, index) => refusalOf(push, found[index]))
    const accepted = await rows.accept(pushes.filter((_, index) => !refusals[index]))
    return refusals.map((refusal) => refusal ?? accepted.shift()!)
  }
}

/**
 * Has the pushers looked up as the rows are written, where both live in one database; asks for those that were not
 * found. What a free worker may send is claimed for it, and given to it.
 */
export function inOneStatement(deps: Deps & DispatchDeps): AcceptTogether {
  const ask = askingFirst(deps)
  return async (pushes) => {
    const plan = planDispatch(deps, pushes)
    const accepted = await deps.pushes.acceptKnown(plan.pushes, LEASE_S)
    plan.dispatch([...new Set(accepted.flatMap((push) => push?.claimed ?? []))])
    const rest = pushes.filter((_, index) => !accepted[index])
    const others = rest.length > 0 ? await ask(rest) : []
    return accepted.map((push) => push ?? others.shift()!)
  }
}

/** Why a push is refused whatever its data is; undefined when it is not. */
export async function refusalBeforeData(store: PusherStore, push: PushCommand): Promise<CarillonError | undefined> {
  const [found] = await findPushers(store, [push])
  return refusalOf(push, found)
}

async function findPushers(store: PusherStore, pushes: PushCommand[]): Promise<(Pusher | undefined)[]> {
  const found = new Map<number, Map<string, Pusher>>()
  for (const [app, group] of Map.groupBy(pushes, (push) => push.app)) {
    const pushers = await store.getMany(app, [...new Set(group.map(({ pusher }) => pusher))])
    found.set(app, new Map(pushers.map((pusher) => [pusher.id, pusher])))
  }
  return pushes.map(({ app, pusher }) => found.get(app)?.get(pusher))
}

function refusalOf({ pusher: id, sender, force }: PushCommand, pusher: Pusher | undefined): CarillonError | undefined {
  if (!pusher) return new CarillonError('pusher_not_found', `pusher ${id} not exists.`)
  if (!force && !pusher.senders.includes(sender))
    return new CarillonError('sender_not_enabled', `not such pusher ${id}`)
  return undefined
}
