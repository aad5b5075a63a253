import { json } from '../answer.ts'
import type { Route } from '../call.ts'

export const listCallbacks: Route = {
  method: 'GET',
  path: /^\/callback$/,
  async handle({ sessionCallbacks }, { app }) {
    return json(200, await sessionCallbacks.list(app.id))
  },
}
