import { json } from '../answer.ts'
import type { Route } from '../call.ts'
import { existingSession } from '../existing.ts'
import { streamJson } from './stream-json.ts'

export const listStreams: Route = {
  method: 'GET',
  path: /^\/session\/([^/]+)\/stream$/,
  async handle(parts, { app, places: [session = ''] }) {
    await existingSession(parts, app, session)
    const items = (await parts.rooms.streams(app.id, session)).map(streamJson)
    return json(200, { count: items.length, items })
  },
}
