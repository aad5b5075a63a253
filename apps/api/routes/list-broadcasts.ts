import { broadcastsAnswer } from '../broadcast-answers.ts'
import { endpoint } from '../endpoint.ts'
import { broadcastListFields } from '../fields.ts'

/** Counting is dear for those that run, so that a list is short. */
const PAGE = 20

export const listBroadcasts = endpoint({
  guard: 'signed',
  summary: 'List broadcasts',
  notes: 'Newest first, at most 20.',
  fields: broadcastListFields,
  answer: broadcastsAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields: { after } }, { broadcasts }) {
    return { broadcasts: await broadcasts.list(app.id, { after, size: PAGE }) }
  },
})
