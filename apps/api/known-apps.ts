import type { App } from '@carillon/contract'
import type { AppRepository } from '@carillon/store'

/** Short enough that a disabled app or a retired secret is refused at once. */
const KEPT_MS = 1000
const MAX_KEPT = 1000

/** Looks an app up by its key; a found one is kept for a second. Unknown keys are not kept: strangers could fill the place. */
export function knownApps(apps: Pick<AppRepository, 'byKey'>): (key: string) => Promise<App | null> {
  const kept = new Map<string, { app: App; until: number }>()
  return async (key) => {
    const known = kept.get(key)
    if (known && known.until > performance.now()) return known.app
    const app = await apps.byKey(key)
    kept.delete(key)
    if (app) kept.set(key, { app, until: performance.now() + KEPT_MS })
    if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value ?? key)
    return app
  }
}
