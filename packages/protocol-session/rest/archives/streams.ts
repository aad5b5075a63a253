import type { Archive, ArchivedStream } from '@carillon/contract'
import * as z from 'zod'
import { Refusal } from '@carillon/request'
import { nothing } from '../answer.ts'
import { readJson } from '../body.ts'
import type { SessionParts } from '../../parts.ts'
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
    if (removed !== undefined) await remove(parts, archive, removed)
    else await add(parts, archive, { streamId: added!, ...media })
    return nothing()
  },
}

async function remove({ archives, recorder }: SessionParts, archive: Archive, streamId: string): Promise<void> {
  await archives.removeStream(archive, streamId)
  await recorder.endRecording(archive, streamId)
}

/** @throws Refusal 404 */
async function add({ archives, rooms, recorder }: SessionParts, archive: Archive, added: ArchivedStream) {
  const known = await rooms.streams(archive.app, archive.sessionId)
  const stream = known.find(({ id }) => id === added.streamId)
  if (!stream) throw new Refusal(404, 'There is no such stream in the session of the archive.')
  await archives.addStream(archive, added)
  const runs = archive.status === 'started' || archive.status === 'paused'
  if (runs) await recorder.record({ ...archive, streams: [added] }, [stream])
}
