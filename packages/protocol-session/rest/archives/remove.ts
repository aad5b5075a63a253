import { Refusal } from '@carillon/request'
import { nothing } from '../answer.ts'
import type { Route } from '../call.ts'
import { existingArchive } from '../existing.ts'

export const removeArchive: Route = {
  method: 'DELETE',
  path: /^\/archive\/([^/]+)$/,
  async handle(parts, { app, places: [id = ''] }) {
    const archive = await existingArchive(parts, app, id)
    if (await parts.archives.remove(app.id, archive.id)) return nothing()
    throw new Refusal(409, `An archive can be deleted when it is available; this one is ${archive.status}.`)
  },
}
