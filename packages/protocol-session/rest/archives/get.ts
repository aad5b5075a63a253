import { archiveJson } from '../../archives/archive-json.ts'
import { json } from '../answer.ts'
import type { Route } from '../call.ts'
import { existingArchive } from '../existing.ts'

export const getArchive: Route = {
  method: 'GET',
  path: /^\/archive\/([^/]+)$/,
  async handle(parts, { app, places: [id = ''], base }) {
    return json(200, archiveJson(app, await existingArchive(parts, app, id), base))
  },
}
