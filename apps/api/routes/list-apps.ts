import { appsAnswer, showApp } from '../app-fields.ts'
import { endpoint } from '../endpoint.ts'

export const listApps = endpoint({
  guard: 'admin',
  summary: 'List apps',
  answer: appsAnswer,
  errors: [],
  async handle(_call, { apps }) {
    return { apps: (await apps.list()).map((app) => showApp(app)) }
  },
})
