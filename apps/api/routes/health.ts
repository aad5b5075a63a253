import * as z from 'zod'
import { endpoint } from '../endpoint.ts'

const healthAnswer = z.object({ ok: z.literal(true) })

export const health = endpoint({
  guard: 'open',
  summary: 'Check that the process runs',
  answer: healthAnswer,
  errors: [],
  async handle() {
    return { ok: true }
  },
})

export const ready = endpoint({
  guard: 'open',
  summary: 'Check that the database and Redis can be reached',
  answer: healthAnswer,
  errors: ['unavailable'],
  async handle(_call, deps) {
    await deps.ready()
    return { ok: true }
  },
})
