import { PatternError } from '../audience/pattern.ts'
import { Refusal } from '@carillon/request'
import type { AppRoute } from './call.ts'
import { Form } from './form.ts'

export const push: AppRoute = {
  method: 'POST',
  path: /^\/api\/push\/([^/]+)$/,
  for: 'app',
  async handle({ audiences }, { app, request }) {
    const form = await Form.read(request)
    const content = form.required('content')
    const userTag = form.get('user_tag')
    const total = await audiences.push(app.id, { content, userTag }).catch(badPattern)
    return { app_key: app.key, content, user_tag: userTag, total: String(total) }
  },
}

function badPattern(error: unknown): never {
  throw error instanceof PatternError ? new Refusal(400, error.message) : error
}
