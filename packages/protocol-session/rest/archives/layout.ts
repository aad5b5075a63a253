import { archiveJson } from '../../archives/archive-json.ts'
import { Refusal } from '@carillon/request'
import { json } from '../answer.ts'
import { readJson } from '../body.ts'
import type { Route } from '../call.ts'
import { existingArchive } from '../existing.ts'
import { layout as fields } from '../fields.ts'

/** Without media there is nothing to lay out: the wish is kept in the archive. */
export const archiveLayout: Route = {
  method: 'PUT',
  path: /^\/archive\/([^/]+)\/layout$/,
  async handle(parts, { app, request, places: [id = ''], base }) {
    const layout = await readJson(request, fields)
    const archive = await existingArchive(parts, app, id)
    if (archive.outputMode !== 'composed') throw new Refusal(400, 'Only composed archives have a layout.')
    parts.recorder.note(archive, { type: 'layoutChanged', archive: archive.id, layout })
    return json(200, archiveJson(app, archive, base))
  },
}
