import * as z from 'zod'
import { archiveJson } from '../../archives/archive-json.ts'
import { json } from '../answer.ts'
import { checked } from '../body.ts'
import type { Route } from '../call.ts'
import { shortText, wholeNumber } from '../fields.ts'

const fields = z.object({
  offset: wholeNumber(0, 999_999_999).optional(),
  count: wholeNumber(1, 1000).optional(),
  sessionId: shortText.optional(),
})

const DEFAULT_COUNT = 50

export const listArchives: Route = {
  method: 'GET',
  path: /^\/archive$/,
  async handle({ archives }, { app, query, base }) {
    const { offset = 0, count: limit = DEFAULT_COUNT, sessionId } = checked(fields, Object.fromEntries(query))
    const found = await archives.list({ app: app.id, sessionId, offset, limit })
    return json(200, { count: found.total, items: found.archives.map((archive) => archiveJson(app, archive, base)) })
  },
}
