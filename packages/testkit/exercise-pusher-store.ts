import type { PusherStore } from '@carillon/contract'
import { beforeAll, describe } from 'vitest'
import { exerciseApps, exerciseConcurrency } from './pusher-store/isolation.ts'
import { exerciseGet, exerciseIds } from './pusher-store/get.ts'
import { exerciseList, exercisePage, exerciseSearch } from './pusher-store/list.ts'
import { exerciseSet } from './pusher-store/set.ts'

/**
 * The contract of every pusher store, as a vitest suite: call it at the top of a test file.
 * `makeStore` is called once; the caller closes the store, in an `afterAll` of its own.
 * `newApp` returns an app without pushers each time; by default it counts up from a million.
 */
export function exercisePusherStore(
  makeStore: () => Promise<PusherStore>,
  newApp: () => Promise<number> = countApps(),
): void {
  describe('the contract of pusher stores', () => {
    let store: PusherStore
    beforeAll(async () => void (store = await makeStore()))
    const fresh = async () => ({ store, app: await newApp() })

    exerciseGet(fresh)
    exerciseSet(fresh)
    exerciseConcurrency(fresh)
    exerciseIds(fresh)
    exerciseApps(fresh)
    exerciseList(fresh)
    exerciseSearch(fresh)
    exercisePage(fresh)
  })
}

function countApps(): () => Promise<number> {
  let last = 1_000_000
  return async () => ++last
}
