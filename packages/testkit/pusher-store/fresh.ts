import type { Pusher, PusherChange, PusherStore } from '@carillon/contract'

/** The store under test, and an app in it that has no pushers. */
export type Fresh = () => Promise<{ store: PusherStore; app: number }>

/** Adds pushers one after another, a second apart, so that the last is the newest. */
export async function addInOrder(
  store: PusherStore,
  app: number,
  ids: string[],
  change: PusherChange = {},
): Promise<void> {
  for (const [at, id] of ids.entries()) {
    await store.set(app, id, { ...change, fields: { createdAt: 1_456_403_493 + at, ...change.fields } }, true)
  }
}

/** @throws Error when there is none. */
export async function getOne(store: PusherStore, app: number, id: string): Promise<Pusher> {
  const [pusher] = await store.getMany(app, [id])
  if (!pusher) throw new Error(`There is no pusher ${JSON.stringify(id)}`)
  return pusher
}

export function idsOf(pushers: Pusher[]): string[] {
  return pushers.map(({ id }) => id)
}
