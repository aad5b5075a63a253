import { appAnswer, newAppFields, showApp, splitSettings } from '../app-fields.ts'
import { endpoint } from '../endpoint.ts'

export const createApp = endpoint({
  guard: 'admin',
  summary: 'Create an app',
  notes: 'Only this answer shows the secret of the app.',
  fields: newAppFields,
  example: { name: 'shop' },
  status: 201,
  answer: appAnswer,
  errors: ['invalid_field', 'conflict'],
  async handle({ fields }, { apps }) {
    const { own, settings } = splitSettings(fields)
    return { app: showApp(await apps.create({ ...own, settings }), () => true) }
  },
})
