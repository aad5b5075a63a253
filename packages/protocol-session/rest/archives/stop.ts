import { archiveJson } from '../../archives/archive-json.ts'
import { Refusal } from '@carillon/request'
import { json } from '../answer.ts'
import type { Route } from '../call.ts'
import { existingArchive } from '../existing.ts'

export const stopArchive: Route = {
  method: 'POST',
  path: /^\/archive\/([^/]+)\/stop$/,
  async handle(parts, { app, places: [id = ''], base }) {
    const stopped = await parts.recorder.stop(await existingArchive(parts, app, id), '')
    if (stopped) return json(200, archiveJson(app, stopped, base))
    throw new Refusal(409, 'This archive was stopped before.')
  },
}
