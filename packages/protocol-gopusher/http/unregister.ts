import { Refusal } from '@carillon/request'
import type { AppRoute } from './call.ts'

/**
 * Ends what register began, and no more: the app is disabled on every protocol, but its recipients and its history
 * stay, and the operator may enable it again.
 */
export const unregister: AppRoute = {
  method: 'DELETE',
  path: /^\/api\/([^/]+)\/unregister$/,
  for: 'app',
  async handle({ apps, hub }, { app, account }) {
    if (!account) throw new Refusal(409, 'This app was not registered here: disable it with PATCH /v1/apps/{id}.')
    await apps.unregister(app.id)
    await hub.connections.closeAll(app.id, 'This app was unregistered.')
    return { message: 'Scuess' } // the word that its clients know
  },
}
