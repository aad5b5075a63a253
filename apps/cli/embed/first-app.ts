import type { App } from '@carillon/contract'
import type { Services } from '../services.ts'

/** Whom the API serves from the start; more apps may be in the database. */
export interface FirstApp {
  /** Key and secret of the first app, both or neither: then it has those that the database holds. */
  key?: string | undefined
  secret?: string | undefined
  /** Id of the first app; default 1. */
  appId?: number
  /**
   * Requests without X-App-Key act as the first app. Only for a server that listens on loopback: it
   * is the connection that is trusted, and this cannot see where the server listens.
   */
  open?: boolean
}

const OTHER_SECRETS =
  'secrets besides APP_SECRET are valid for this app; see them with carillon app list, and end those that nobody uses with carillon app retire-secret'

/** @throws TypeError for a key without a secret, or the other way round. */
export async function firstApp(services: Services, options: FirstApp): Promise<{ firstApp: App; open: boolean }> {
  const { key, secret, appId: id = 1, open = false } = options
  if (!key !== !secret) throw new TypeError('key and secret must be given together, or neither')
  const before = key ? await services.store.apps.byId(id) : null
  const app = await services.store.apps.ensureFirst({ id, ...(key && secret && { key, secret }) })
  if (before && before.key !== app.key)
    services.log.warn({ app: id }, 'the key of this app has changed; calls with the previous key are refused')
  const others = app.secrets.filter((one) => one.secret !== secret)
  if (secret && others.length > 0) services.log.warn({ app: id, secretIds: others.map((one) => one.id) }, OTHER_SECRETS)
  return { firstApp: app, open }
}
