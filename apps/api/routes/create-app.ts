import { appAnswer, newAppFields, showApp, splitSettings } from '../app-fields.ts'
import { endpoint } from '../endpoint.ts'

export const createApp = endpoint({
  guard: 'admin',
  summary: 'Create an app',
  notes: 'The only answer that shows its secret.',
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
