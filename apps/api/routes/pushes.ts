import * as z from 'zod'
import {
  type App,
  cancelBody,
  contentOf,
  manyPushesBody,
  manyPushesItem,
  type PushBody,
  pushBody,
  type PushCommand,
} from '@carillon/contract'
import { type AuditedAction, withAudit } from '@carillon/core'
import { check, endpoint, ignoredFields } from '../endpoint.ts'
import { errorAnswer, logFailure, STATUS_OF } from '../errors.ts'
import type { ApiDeps } from '../deps.ts'
import { errorShape, ignoredAnswer, okAnswer, senderParams } from './schemas.ts'

const nameAnswer = okAnswer.extend({
  name: z.string().meta({
    description: 'Name of the push. Use it to cancel the push.',
    examples: ['lupino_67f09a03afb55f07fd948aa268f9ae21'],
  }),
})

const manyAnswer = z.object({
  results: z
    .array(
      z.union([
        nameAnswer.extend({ id: z.string(), ...ignoredAnswer.shape }),
        errorShape.extend({ status: z.number().int() }),
      ]),
    )
    .meta({
      description: 'In the order of the pushes.',
      examples: [
        [
          { result: 'OK', name: 'lupino_67f09a03afb55f07fd948aa268f9ae21', id: '1' },
          { err: 'pusher nobody not exists.', code: 'pusher_not_found', status: 404 },
        ],
      ],
    }),
})

export const push = endpoint({
  guard: 'signed',
  summary: 'Push to one pusher',
  notes:
    'Give `data`, or the name of a stored `template` and its `vars`. The same message to the same pusher has the same name. If you push it again while it waits, it is sent once, at the new `schedat`.',
  params: senderParams,
  fields: pushBody,
  example: { pusher: 'lupino', data: { subject: 'Hello', text: 'Good morning!' } },
  takesIdempotencyKey: true,
  takesFiles: true,
  answer: nameAnswer,
  errors: ['pusher_not_found', 'sender_not_enabled', 'template_not_found', 'category_not_found', 'invalid_field'],
  async handle({ app, params: { sender }, fields }, { core, defaultTtl }) {
    const { name } = await core.push(pushCommand(app, sender, fields, defaultTtl))
    return { result: 'OK', name }
  },
})

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
  async handle({ app, fields: { pushes } }, deps) {
    // All are begun in one tick, so that core accepts them with one statement
    const settled = await Promise.allSettled(pushes.map((item) => pushOne(app, item, deps)))
    const failed = settled.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason)
    const ours = failed.find((reason) => STATUS_OF[errorAnswer(reason).code] >= 500)
    if (ours !== undefined) logFailure(deps.log, ours, 'POST /v1/push')
    return { results: settled.map((result) => (result.status === 'fulfilled' ? result.value : refused(result.reason))) }
  },
})

export const cancelPush = endpoint({
  guard: 'signed',
  summary: 'Cancel a push',
  notes: 'The push must still wait. With the sender `pushall`, cancels a broadcast, even if it has started.',
  params: senderParams,
  fields: cancelBody,
  example: { name: 'lupino_67f09a03afb55f07fd948aa268f9ae21' },
  answer: okAnswer,
  errors: ['push_not_found', 'broadcast_not_found', 'push_sending', 'invalid_field'],
  async handle({ app, actor, params: { sender }, fields: { name } }, { core, audit }) {
    const cancel = () => core.cancel(app.id, sender, name)
    await withAudit(audit, actor(), cancellationOf(app, sender, name), cancel)
    return { result: 'OK' }
  },
})

/** The name of a push begins with the id of its pusher, so the audit names the push by its id. */
function cancellationOf({ id: app }: App, sender: string, name: string): AuditedAction<string> {
  if (sender === 'pushall') return { app, action: 'broadcast.cancel', target: name }
  return { app, action: 'push.cancel', target: sender, targetAfter: (id) => id, personal: name }
}

async function pushOne(app: App, item: unknown, { core, defaultTtl }: ApiDeps): Promise<object> {
  const { sender, ...fields } = check(manyPushesItem, item)
  const { name, id } = await core.push(pushCommand(app, sender, fields, defaultTtl))
  const ignored = ignoredFields(manyPushesItem, Object(item))
  return { result: 'OK', name, id, ...(ignored.length > 0 && { ignored }) }
}

function refused(reason: unknown): object {
  const answer = errorAnswer(reason)
  return { ...answer, status: STATUS_OF[answer.code] }
}

/** @param defaultTtl seconds */
function pushCommand(app: App, sender: string, body: PushBody, defaultTtl: number): PushCommand {
  const { pusher, schedat = 0, force, priority = 'normal', ttl = defaultTtl, category, urgent } = body
  return { app: app.id, sender, pusher, ...contentOf(body), schedat, force, priority, ttl, category, urgent }
}
