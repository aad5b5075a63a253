import * as z from 'zod'
import { Refusal } from '@carillon/request'
import { nothing } from '../answer.ts'
import { readJson } from '../body.ts'
import type { Route } from '../call.ts'
import { existingArchive } from '../existing.ts'
import { flag, shortText } from '../fields.ts'

const fields = z
  .object({
    addStream: shortText.min(1, 'must not be empty').optional(),
    removeStream: shortText.min(1, 'must not be empty').optional(),
    hasAudio: flag.default(true),
    hasVideo: flag.default(true),
  })
  .refine(
    ({ addStream, removeStream }) => (addStream === undefined) !== (removeStream === undefined),
    'One of addStream and removeStream must be given',
  )

/** Which streams a manual archive is of. */
export const archiveStreams: Route = {
  method: 'PATCH',
  path: /^\/archive\/([^/]+)\/streams$/,
  async handle(parts, { app, request, places: [id = ''] }) {
    const { addStream: added, removeStream: removed, ...media } = await readJson(request, fields)
    const archive = await existingArchive(parts, app, id)
    if (archive.streamMode === 'auto')
      throw new Refusal(405, 'The streams of an archive can be chosen in manual streamMode.')
    const known = removed === undefined ? await parts.rooms.streams(app.id, archive.sessionId) : []
    if (removed !== undefined) await parts.archives.removeStream(archive, removed)
    else if (known.some((stream) => stream.id === added))
      await parts.archives.addStream(archive, { streamId: added!, ...media })
    else throw new Refusal(404, 'There is no such stream in the session of the archive.')
    return nothing()
  },
}
