import { healthAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'

export const ready = endpoint({
  guard: 'open',
  summary: 'Check that the database and Redis can be reached',
  answer: healthAnswer,
  errors: ['unavailable'],
  async handle(_call, parts) {
    await parts.ready()
    return { ok: true }
  },
})
