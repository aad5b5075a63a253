import { CarillonError } from '@carillon/contract'
import { endpoint } from '../endpoint.ts'
import { pushAnswer } from '../history-answers.ts'
import { pushParams } from '../history-fields.ts'

export const getPush = endpoint({
  guard: 'signed',
  summary: 'Get a push',
  notes: 'With its timeline: every event of the push so far.',
  params: pushParams,
  answer: pushAnswer,
  errors: ['push_not_found', 'invalid_field'],
  async handle({ app, params: { id } }, { history }) {
    const push = await history.find(app.id, id)
    if (!push) throw new CarillonError('push_not_found', `There is no push ${id}.`)
    return { push }
  },
})
