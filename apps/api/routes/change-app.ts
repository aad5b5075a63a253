import { appAnswer, appChangeFields, showApp, splitSettings } from '../app-fields.ts'
import { endpoint } from '../endpoint.ts'
import { appParams } from '../fields.ts'

export const changeApp = endpoint({
  guard: 'admin',
  summary: 'Change an app',
  notes: 'Absent fields keep their value, and null removes a setting. Only this answer shows a secret that you add.',
  params: appParams,
  fields: appChangeFields,
  example: { addSecret: '' },
  answer: appAnswer,
  errors: ['app_not_found', 'invalid_field', 'conflict'],
  async handle({ params: { id }, fields }, { apps }) {
    const { own, settings } = splitSettings(fields)
    const app = await apps.change(id, { ...own, settings })
    const newest = fields.addSecret === undefined ? undefined : Math.max(...app.secrets.map((secret) => secret.id))
    return { app: showApp(app, (secret) => secret.id === newest) }
  },
})
