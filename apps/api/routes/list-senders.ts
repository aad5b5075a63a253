import { sendersAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'

export const listSenders = endpoint({
  guard: 'signed',
  summary: 'List senders',
  notes: 'With their live workers and the pushes that wait.',
  answer: sendersAnswer,
  errors: [],
  async handle({ app }, { senders }) {
    return { senders: await senders.status(app.id) }
  },
})
