import { Refusal } from '@carillon/request'
import { nothing } from '../answer.ts'
import type { Route } from '../call.ts'
import { isUuid } from '../existing.ts'

export const removeCallback: Route = {
  method: 'DELETE',
  path: /^\/callback\/([^/]+)$/,
  async handle({ sessionCallbacks }, { app, places: [id = ''] }) {
    if (isUuid(id) && (await sessionCallbacks.remove(app.id, id))) return nothing()
    throw new Refusal(404, 'The app has no such callback.')
  },
}
