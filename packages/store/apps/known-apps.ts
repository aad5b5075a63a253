import { singleFlight } from '@carillon/async'
import type { App, AppDirectory, EnabledApps } from '@carillon/contract'
import { LRUCache } from 'lru-cache'
import type { AppRepository } from './apps.ts'

/** Short enough that a disabled app or a retired secret is refused at once. */
const KEPT_MS = 1000
const MAX_KEPT = 1000
/** A test can move it. Never 0, which lru-cache takes for no time. */
const CLOCK = { now: () => performance.now() + 1 }

/**
 * Looks apps up. A found app is cached for a second, and concurrent look-ups of one app share a query. Unknown ones are
 * not cached: strangers could fill the cache.
 */
export function knownApps(apps: Pick<AppRepository, 'byKey' | 'byId'>): AppDirectory {
  return { byKey: kept(apps.byKey), byId: kept(apps.byId) }
}

/** All enabled apps, cached for a second; concurrent calls share a query. */
export function enabledApps(apps: Pick<AppRepository, 'list'>): EnabledApps {
  let known: { apps: Promise<App[]>; until: number } | undefined
  const ask = () => {
    const asked = { apps: apps.list().then(onlyEnabled), until: performance.now() + KEPT_MS }
    asked.apps.catch(() => (known = undefined))
    return (known = asked)
  }
  return { list: () => (known && known.until > performance.now() ? known : ask()).apps }
}

function onlyEnabled(apps: App[]): App[] {
  return apps.filter(({ enabled }) => enabled)
}

function kept<Name extends string | number>(
  find: (name: Name) => Promise<App | null>,
): (name: Name) => Promise<App | null> {
  const known = new LRUCache<Name, App>({ max: MAX_KEPT, ttl: KEPT_MS, perf: CLOCK })
  const ask = singleFlight(async (name: Name) => {
    const app = await find(name)
    if (app) known.set(name, app)
    return app
  })
  return async (name) => known.get(name) ?? ask(name)
}
