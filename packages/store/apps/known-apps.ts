import type { App, AppDirectory } from '@carillon/contract'
import type { AppRepository } from '../repositories.ts'

/** Short enough that a disabled app or a retired secret is refused at once. */
const KEPT_MS = 1000
const MAX_KEPT = 1000

/** Looks apps up; a found one is kept for a second. Unknown ones are not kept: strangers could fill the place. */
export function knownApps(apps: Pick<AppRepository, 'byKey' | 'byId'>): AppDirectory {
  return { byKey: kept(apps.byKey), byId: kept(apps.byId) }
}

function kept<Name>(find: (name: Name) => Promise<App | null>): (name: Name) => Promise<App | null> {
  const known = new Map<Name, { app: App; until: number }>()
  return async (name) => {
    const found = known.get(name)
    if (found && found.until > performance.now()) return found.app
    const app = await find(name)
    known.delete(name)
    if (app) known.set(name, { app, until: performance.now() + KEPT_MS })
    if (known.size > MAX_KEPT) known.delete(known.keys().next().value ?? name)
    return app
  }
}
