import { CarillonError } from '@carillon/contract'
import { searchAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { searchFields } from '../fields.ts'

export const searchPushers = endpoint({
  guard: 'signed',
  summary: 'Search pushers',
  notes:
    'Newest first. A query consists of words, which match any text field, `field:term`, `"phrases"`, `+must`, `-not`, `createdAt:>1456403493` and `lup*`, or it is a JSON query. `total` is exact up to 10,000.',
  fields: searchFields,
  required: ['q'],
  example: { q: 'tags:vip', size: 10 },
  answer: searchAnswer,
  errors: ['bad_request', 'bad_query', 'invalid_field'],
  async handle({ app, fields: { q, ...page } }, { pushers }) {
    if (!q) throw new CarillonError('bad_request', 'q is required.')
    const { from, size } = page
    return { ...(await pushers.search(app.id, q, page)), from, size, q }
  },
})
