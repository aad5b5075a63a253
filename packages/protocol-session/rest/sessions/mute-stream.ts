import { Refusal } from '@carillon/request'
import { json } from '../answer.ts'
import type { Route } from '../call.ts'
import { existingSession } from '../existing.ts'
import { projectJson } from './project-json.ts'

export const muteStream: Route = {
  method: 'POST',
  path: /^\/session\/([^/]+)\/stream\/([^/]+)\/mute$/,
  async handle(parts, { app, places: [session = '', stream = ''] }) {
    await existingSession(parts, app, session)
    if (await parts.rooms.mute(app.id, session, stream)) return json(200, projectJson(app))
    throw new Refusal(404, 'There is no such stream in the session.')
  },
}
