import { backoff } from '@carillon/async'
import {
  defineSender,
  lenientObject,
  type ObjectSchema,
  type RenderedPush,
  type SenderDefinition,
  strictObject,
} from '@carillon/contract'
import { complaintIn, createTemplates, renderTexts, TemplateError, type Templates } from '@carillon/template'
import * as z from 'zod'

/** Characters, as Pusher Channels has it. */
const LONGEST_EVENT = 200

const event = z
  .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
  .min(1, 'is required')
  .max(LONGEST_EVENT, `must be at most ${LONGEST_EVENT} characters long`)
  .refine((name) => !/^pusher(?:_internal)?:/.test(name), 'must not begin with pusher: or pusher_internal:')

/** The `data` of a push: the name of an event, and anything that JSON can say. */
function dataSchema(object: ObjectSchema) {
  return object({ event, data: z.unknown().default(null) }, 'must be a JSON object with event and data')
}

type EventData = z.infer<ReturnType<typeof dataSchema>>

/** The data of a stored template: the texts in its `data` are rendered, and its `event` is the same for all. */
function templateSchema(templates: Templates, partials: ReadonlySet<string>) {
  const known = { partials }
  return dataSchema(strictObject).superRefine((content, context) => {
    const message = 'cannot contain a template'
    if (/\{[{%]/.test(content.event)) context.addIssue({ code: 'custom', path: ['event'], message })
    const complaint = complaintIn(content.data, (source) => templates.check(source, { known }))
    if (complaint) context.addIssue({ code: 'custom', message: complaint.message, path: ['data', ...complaint.path] })
  })
}

/** @throws TemplateError */
function render(templates: Templates, push: RenderedPush<EventData>): EventData {
  const { data, template } = push
  if (!template) return data
  return { ...data, data: renderTexts(data.data, (source) => templates.compile(source)(push)) }
}

/** Milliseconds that connections have to accept it. */
const ACCEPT_TIMEOUT_MS = 5000
/** Seconds. A connection of the pusher ends the pause at once. */
const pauseAfter = backoff(2, 3600)

/** `sendrealtime`: an event to each live connection of the pusher, on every protocol; else it waits for the next one. */
export function realtimeSender(): SenderDefinition {
  const templates = createTemplates()
  return defineSender({
    name: 'sendrealtime',
    options: z.object({}),
    data: dataSchema(strictObject),
    templateData: (partials) => templateSchema(templates, partials),
    preview: (push) => render(templates, push),
    wakesOnConnect: true,
    ignoresQuietHours: true,
    async create(_, { live }) {
      if (!live) return { missing: 'set REDIS_URL, through which live connections are reached' }
      return {
        // A worker may find what an earlier version accepted.
        data: dataSchema(lenientObject),
        async send(push) {
          const { id, app, pusher, attempt } = push
          try {
            const accepted = await live.notify(app, pusher.id, { id, ...render(templates, push) }, ACCEPT_TIMEOUT_MS)
            return accepted ? undefined : { later: pauseAfter(attempt), reason: 'nobody is online' }
          } catch (error) {
            if (error instanceof TemplateError && !error.timedOut)
              return { giveUp: `a template failed: ${error.message}` }
            throw error
          }
        },
      }
    },
  })
}

export default realtimeSender()
