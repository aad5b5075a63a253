import { sendersAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'

export const listSenders = endpoint({
  guard: 'signed',
  summary: 'Senders: live workers, and what waits',
  answer: sendersAnswer,
  errors: [],
  async handle({ app }, { senders }) {
    return { senders: await senders.status(app.id) }
  },
})
