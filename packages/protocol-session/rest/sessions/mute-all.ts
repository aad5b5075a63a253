import * as z from 'zod'
import { json } from '../answer.ts'
import { readJson } from '../body.ts'
import type { Route } from '../call.ts'
import { existingSession } from '../existing.ts'
import { flag, shortText } from '../fields.ts'
import { projectJson } from './project-json.ts'

const streams = z.array(shortText, 'must be a list of the ids of streams').max(1000)

/** SDKs do not agree on the name of the list. */
const fields = z.object({
  active: flag.default(true),
  excludedStreamIds: streams.default([]),
  excludedStreams: streams.default([]),
})

export const muteAll: Route = {
  method: 'POST',
  path: /^\/session\/([^/]+)\/mute$/,
  async handle(parts, { app, request, places: [session = ''] }) {
    const { active, excludedStreamIds, excludedStreams } = await readJson(request, fields)
    await existingSession(parts, app, session)
    await parts.rooms.muteAll(app.id, session, active, [...excludedStreamIds, ...excludedStreams])
    return json(200, projectJson(app))
  },
}
