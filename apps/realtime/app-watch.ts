import type { AppConnections } from '@carillon/hub'

export interface AppWatchParts {
  connections: Pick<AppConnections, 'appsHere' | 'closeHere'>
  /** Those of these apps that exist and are enabled. */
  enabledAmong(ids: readonly number[]): Promise<number[]>
}

/** Milliseconds: with the time that a connection takes to end, a second is kept. */
const EVERY_MS = 400

/**
 * Ends the connections of apps that were disabled or removed, whoever did it and wherever: what decides is the
 * database, which is asked while there are connections. While it cannot be asked, they stay.
 */
export function watchApps({ connections, enabledAmong }: AppWatchParts): { stop(): void } {
  let asking = false
  const check = async () => {
    const apps = connections.appsHere()
    if (apps.length === 0) return
    const enabled = new Set(await enabledAmong(apps))
    for (const app of apps) if (!enabled.has(app)) connections.closeHere(app, 'This app is disabled.')
  }
  const timer = setInterval(() => {
    if (asking) return
    asking = true
    void check()
      .catch(() => {}) // others say that the database is away
      .finally(() => (asking = false))
  }, EVERY_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
