import { Refusal } from '@carillon/request'
import { nothing } from '../answer.ts'
import type { Route } from '../call.ts'
import { existingSession } from '../existing.ts'

export const disconnect: Route = {
  method: 'DELETE',
  path: /^\/session\/([^/]+)\/connection\/([^/]+)$/,
  async handle(parts, { app, places: [session = '', connection = ''] }) {
    await existingSession(parts, app, session)
    if (await parts.rooms.disconnect(app.id, session, connection)) return nothing()
    throw new Refusal(404, 'There is no such connection in the session.')
  },
}
