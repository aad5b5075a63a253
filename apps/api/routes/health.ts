import { healthAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'

export const health = endpoint({
  guard: 'open',
  summary: 'Check that the process runs',
  answer: healthAnswer,
  errors: [],
  async handle() {
    return { ok: true }
  },
})
