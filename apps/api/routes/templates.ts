import {
  CarillonError,
  emptyIsAbsent,
  localeTag,
  noTemplate,
  noTemplateVersion,
  PARTIAL,
  previewPusher,
  previewVars,
  senderName,
  templateBody,
  templateLocale,
  templateName,
  type TemplateSelection,
  wholeNumber,
} from '@carillon/contract'
import { previewPusherOf, storingOf, withAudit } from '@carillon/core'
import * as z from 'zod'
import type { ApiDeps } from '../deps.ts'
import { endpoint } from '../endpoint.ts'
import { templateShape, templateVersionShape, withParsedData } from './template-shapes.ts'
import { okAnswer, pageSize, pusherId } from './schemas.ts'

const templateParams = z.object({
  name: templateName.meta({ description: 'Name of the template.', examples: ['welcome'] }),
})

const versionNumber = wholeNumber.refine((value) => value > 0, 'must be the number of a version')

const selectionFields = z.object({
  sender: emptyIsAbsent(senderName).meta({ description: 'Only those for this sender.' }),
  locale: z
    .union([z.literal(''), localeTag.transform((tag) => new Intl.Locale(tag).toString())])
    .optional()
    .meta({ description: 'Only that for this locale; empty: that without one.', type: 'string' }),
})

const oneFields = selectionFields.extend({
  version: emptyIsAbsent(versionNumber).meta({ description: 'This version, whether it is the newest or not.' }),
})

const versionsFields = z.object({
  after: emptyIsAbsent(versionNumber).meta({ description: 'Number of the last version of the previous page.' }),
  size: pageSize.meta({ description: 'Number of versions in the answer, at most 100.' }),
})

const senderOfTemplate = emptyIsAbsent(senderName).meta({
  description: 'The sender. It may be absent if the template is for one sender only.',
})

const previewFields = z.object({
  sender: senderOfTemplate,
  locale: templateLocale.meta({ description: "Default: the pusher's." }),
  pusher: previewPusher,
  vars: previewVars,
})

const testFields = z.object({
  sender: senderOfTemplate,
  pusher: pusherId,
  locale: templateLocale.meta({ description: "Default: the pusher's." }),
  vars: previewVars,
})

const templateAnswer = z.object({ template: templateShape })
const listAnswer = z.object({ templates: z.array(templateShape) })

export const listTemplates = endpoint({
  guard: 'signed',
  summary: 'List templates',
  notes: 'All templates, sorted by name, without their data.',
  answer: listAnswer,
  errors: [],
  handle: async ({ app }, { templates }) => ({ templates: await templates.list(app.id) }),
})

export const putTemplate = endpoint({
  guard: 'signed',
  summary: 'Store a template',
  notes:
    'Stores a version of the template for a sender and a locale. If it is the same as the newest version, nothing changes. A template that is broken is refused, with the field, the line and the column.',
  params: templateParams,
  fields: templateBody.strict(), // a misspelt `strict` or `category` would be dropped
  example: {
    sender: 'sendmail',
    data: { subject: 'Hello {{ pusher.nickname }}', text: 'Welcome to {{ vars.shop }}!' },
  },
  answer: templateAnswer,
  errors: ['conflict', 'category_not_found', 'invalid_field'],
  async handle({ app, actor, params: { name }, fields }, { core, audit }) {
    const { sender, locale: given = '', data, strict, category = null } = fields
    const put = () => core.templates.put(app.id, { name, sender, locale: given, data, strict, category })
    return { template: await withAudit(audit, actor(), storingOf(app.id, 'template.put', name), put) }
  },
})

export const getTemplate = endpoint({
  guard: 'signed',
  summary: 'Get a template',
  notes: 'With its data, for each sender and locale.',
  params: templateParams,
  fields: oneFields,
  answer: z.object({ templates: z.array(templateVersionShape) }),
  errors: ['template_not_found', 'invalid_field'],
  async handle({ app, params: { name }, fields: { version, ...selection } }, { templates }) {
    const found =
      version === undefined
        ? await templates.find(app.id, name, selection)
        : [await templates.version(app.id, name, version)].filter((one) => one !== null)
    if (found.length === 0) throw await notFound(templates, app.id, name, selection, version)
    return { templates: found.map(withParsedData) }
  },
})

export const removeTemplate = endpoint({
  guard: 'signed',
  summary: 'Remove a template',
  notes:
    'Removes it for all senders and locales, or for those that you name. Pushes that were accepted before are sent with it. A partial that a template renders cannot be removed.',
  params: templateParams,
  fields: selectionFields,
  answer: okAnswer,
  errors: ['template_not_found', 'conflict', 'invalid_field'],
  async handle({ app, actor, params: { name }, fields }, { templates, audit }) {
    const action = { app: app.id, action: 'template.remove', target: name }
    await withAudit(audit, actor(), action, () => templates.remove(app.id, name, fields))
    return { result: 'OK' }
  },
})

export const listTemplateVersions = endpoint({
  guard: 'signed',
  summary: 'List the versions of a template',
  notes: 'Newest first, without their data. They are counted over all senders and locales of the name.',
  params: templateParams,
  fields: versionsFields,
  answer: z.object({ versions: z.array(templateShape) }),
  errors: ['template_not_found', 'invalid_field'],
  async handle({ app, params: { name }, fields }, { templates }) {
    const versions = await templates.versions(app.id, name, fields)
    if (versions.length === 0 && fields.after === undefined) throw await notFound(templates, app.id, name)
    return { versions }
  },
})

export const rollbackTemplate = endpoint({
  guard: 'signed',
  summary: 'Roll a template back',
  notes: 'Stores an earlier version again, as the newest one for its sender and locale.',
  params: templateParams,
  fields: z.object({ version: versionNumber }),
  example: { version: 1 },
  answer: templateAnswer,
  errors: ['template_not_found', 'category_not_found', 'conflict', 'invalid_field'],
  async handle({ app, actor, params: { name }, fields: { version } }, { core, audit }) {
    const rollback = () => core.templates.rollback(app.id, name, version)
    return { template: await withAudit(audit, actor(), storingOf(app.id, 'template.rollback', name), rollback) }
  },
})

export const previewTemplate = endpoint({
  guard: 'signed',
  summary: 'Preview a template',
  notes: 'Renders the newest version as it would be sent, without sending it: for email, its subject, text and HTML.',
  params: templateParams,
  fields: previewFields,
  example: { pusher: { nickname: 'Lupino' }, vars: { shop: 'the shop' } },
  answer: z.object({
    preview: z.looseObject({}).meta({
      description: 'Its fields depend on the sender.',
      examples: [{ subject: 'Hello Lupino', text: 'Welcome to the shop!', html: 'Welcome to the shop!' }],
    }),
  }),
  errors: ['template_not_found', 'pusher_not_found', 'invalid_field'],
  async handle({ app, params: { name }, fields }, deps) {
    const { locale: given, vars: values = {} } = fields
    const pusher = await previewPusherOf(deps, app.id, fields.pusher)
    const sender = await senderFor(deps, app.id, name, fields.sender)
    const query = { template: name, sender, pusher, vars: values, ...(given && { locale: given }) }
    return { preview: await deps.core.templates.preview(app.id, query) }
  },
})

export const testTemplate = endpoint({
  guard: 'signed',
  summary: 'Send a template to one pusher',
  notes:
    'Pushes the newest version, with high priority, also if the pusher does not have the sender. A pusher who has switched off the category of the template gets nothing.',
  params: templateParams,
  fields: testFields,
  example: { pusher: 'lupino', vars: { shop: 'the shop' } },
  takesIdempotencyKey: true,
  answer: okAnswer.extend({
    name: z.string().meta({ description: 'Name of the push.', examples: ['lupino_67f09a03afb55f07fd948aa268f9ae21'] }),
    id: z.string().meta({ description: 'Id of the push.', examples: ['1'] }),
  }),
  errors: ['template_not_found', 'pusher_not_found', 'category_not_found', 'invalid_field'],
  async handle({ app, params: { name }, fields }, deps) {
    const { pusher, locale: given, vars: values = {} } = fields
    const sender = await senderFor(deps, app.id, name, fields.sender)
    const template = { template: name, vars: values, ...(given && { locale: given }) }
    const options = { schedat: 0, force: true, priority: 'high', ttl: deps.defaultTtl } as const
    const accepted = await deps.core.push({ app: app.id, sender, pusher, data: '', template, ...options })
    return { result: 'OK', name: accepted.name, id: accepted.id }
  },
})

type Templates = ApiDeps['templates']

async function notFound(
  templates: Templates,
  app: number,
  name: string,
  selection: TemplateSelection = {},
  version?: number,
): Promise<CarillonError> {
  const all = await templates.list(app)
  const isKnown = version !== undefined && all.some((template) => template.name === name)
  return isKnown ? noTemplateVersion(name, version) : noTemplate(name, selection, all)
}

/** The sender that is given, or the only one that the template is for. */
async function senderFor({ templates }: ApiDeps, app: number, name: string, given?: string): Promise<string> {
  if (given !== undefined) return given
  const found = await templates.find(app, name)
  const senders = [...new Set(found.map(({ sender }) => sender))].filter((sender) => sender !== PARTIAL)
  if (senders.length === 0) throw await notFound(templates, app, name)
  if (senders.length === 1) return senders[0]!
  throw new CarillonError('invalid_field', `sender is required: ${name} is for ${senders.join(', ')}`)
}
