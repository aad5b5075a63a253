import { type App, manyPushesBody, manyPushesItem } from '@carillon/contract'
import { manyAnswer } from '../answers.ts'
import { check } from '../check.ts'
import { endpoint } from '../endpoint.ts'
import { errorAnswer, logFailure, STATUS_OF } from '../errors.ts'
import { ignoredFields } from '../ignored-fields.ts'
import type { ApiParts } from '../parts.ts'
import { pushCommand } from '../push-command.ts'

export const pushMany = endpoint({
  guard: 'signed',
  summary: 'Push up to 1000 messages',
  notes:
    'Each push has the fields of a single push and `sender`. Each is accepted or refused on its own: see `results`.',
  fields: manyPushesBody,
  items: { pushes: manyPushesItem },
  example: {
    pushes: [
      { sender: 'sendmail', pusher: 'lupino', data: { subject: 'Hello', text: 'Good morning!' } },
      { sender: 'sendmail', pusher: 'nobody', data: { subject: 'Hello', text: 'Good morning!' } },
    ],
  },
  takesIdempotencyKey: true,
  takesFiles: true,
  answer: manyAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields: { pushes } }, parts) {
    // All are begun in one tick, so that core accepts them with one statement
    const settled = await Promise.allSettled(pushes.map((item) => pushOne(app, item, parts)))
    const failed = settled.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason)
    const ours = failed.find((reason) => STATUS_OF[errorAnswer(reason).code] >= 500)
    if (ours !== undefined) logFailure(parts.log, ours, 'POST /v1/push')
    return { results: settled.map((result) => (result.status === 'fulfilled' ? result.value : refused(result.reason))) }
  },
})

async function pushOne(app: App, item: unknown, { core, defaultTtl }: ApiParts): Promise<object> {
  const { sender, ...fields } = check(manyPushesItem, item)
  const { name, id } = await core.push(pushCommand(app, sender, fields, defaultTtl))
  const ignored = ignoredFields(manyPushesItem, Object(item))
  return { result: 'OK', name, id, ...(ignored.length > 0 && { ignored }) }
}

function refused(reason: unknown): object {
  const answer = errorAnswer(reason)
  return { ...answer, status: STATUS_OF[answer.code] }
}
