import * as z from 'zod'
import { archiveJson } from '../../archives/archive-json.ts'
import { Refusal } from '@carillon/request'
import { json } from '../answer.ts'
import { readJson } from '../body.ts'
import type { Route } from '../call.ts'
import { existingSession } from '../existing.ts'
import { archiveName, flag, layout, resolution, shortText } from '../fields.ts'

/** How a composed archive looks is a wish that nothing is done with: nothing is composed. */
const fields = z
  .object({
    sessionId: z.string('must be the id of a session'),
    name: archiveName.nullish(),
    hasAudio: flag.default(true),
    hasVideo: flag.default(true),
    outputMode: z.enum(['composed', 'individual'], 'must be composed or individual').default('composed'),
    streamMode: z.enum(['auto', 'manual'], 'must be auto or manual').default('auto'),
    layout: layout.optional(),
    resolution: resolution.optional(),
    multiArchiveTag: shortText.default(''),
    maxBitrate: z.number('must be a number').int().min(100_000).max(6_000_000).optional(),
  })
  .refine(({ outputMode, resolution: given }) => outputMode === 'composed' || given === undefined, {
    message: 'goes with the outputMode composed only',
    path: ['resolution'],
  })
  .refine(({ outputMode, layout: given }) => outputMode === 'composed' || given === undefined, {
    message: 'goes with the outputMode composed only',
    path: ['layout'],
  })

const DEFAULT_RESOLUTION = '640x480'

export const startArchive: Route = {
  method: 'POST',
  path: /^\/archive$/,
  async handle(parts, { app, request, base }) {
    const { sessionId, name, outputMode, streamMode, multiArchiveTag: tag, ...given } = await readJson(request, fields)
    const session = await existingSession(parts, app, sessionId)
    const archive = await parts.recorder.start(session, {
      name: name ?? null,
      outputMode,
      streamMode,
      tag,
      resolution: outputMode === 'composed' ? (given.resolution ?? DEFAULT_RESOLUTION) : null,
      automatic: false,
      wantsAudio: outputMode === 'individual' && given.hasAudio,
      wantsVideo: outputMode === 'individual' && given.hasVideo,
    })
    if (archive) return json(200, archiveJson(app, archive, base))
    throw new Refusal(409, 'An archive of this session runs already; another needs a multiArchiveTag of its own.')
  },
}
