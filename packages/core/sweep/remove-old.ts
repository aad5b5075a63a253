import type { Store } from '@carillon/store'

/** A step of each kind takes some 100 ms, in which nothing is woken: a tick makes one of each. */
const PUSHES = 2000
const RECIPIENTS = 5000

/** Removes some of what ended longer ago than `seconds`. @returns whether there is more. */
export async function removeOld({ history }: Pick<Store, 'history'>, seconds: number): Promise<boolean> {
  const pushes = await history.removeOldPushes(seconds, PUSHES)
  const broadcast = await history.removeOldBroadcast(seconds, RECIPIENTS)
  return pushes === PUSHES || broadcast
}
