import * as z from 'zod'
import { Refusal } from '@carillon/request'
import { json } from '../answer.ts'
import { readJson } from '../body.ts'
import type { Route } from '../call.ts'
import { existingSession } from '../existing.ts'
import { shortText } from '../fields.ts'
import { streamJson } from './stream-json.ts'

const MOST = 100

const fields = z.object({
  items: z
    .array(z.object({ id: shortText, layoutClassList: z.array(shortText).max(MOST) }), 'must be a list')
    .max(MOST),
})

/** Layout classes of streams. */
export const setLayout: Route = {
  method: 'PUT',
  path: /^\/session\/([^/]+)\/stream$/,
  async handle(parts, { app, request, places: [session = ''] }) {
    const { items: layouts } = await readJson(request, fields)
    await existingSession(parts, app, session)
    if (!(await parts.rooms.setLayout(app.id, session, layouts)))
      throw new Refusal(404, 'One of the streams is not in the session; nothing was changed.')
    const items = (await parts.rooms.streams(app.id, session)).map(streamJson)
    return json(200, { count: items.length, items })
  },
}
