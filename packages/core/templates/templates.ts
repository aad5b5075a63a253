import {
  CarillonError,
  describeIssues,
  noTemplate,
  PARTIAL,
  type Pusher,
  type SenderFacts,
  type Template,
  type StandardSchemaV1,
  type TemplateUse,
} from '@carillon/contract'
import type { NewTemplate, TemplateRepository } from '@carillon/store'
import type { Templates } from '@carillon/template'
import { isBrokenJson, parseData } from '../data.ts'
import { exampleLinks } from '../send/links.ts'
import { textOf } from '../send/text.ts'
import { textFor } from './editions.ts'
import { newestEdition, type ReferenceDeps, refuseMissing } from './references.ts'
import { usesOf } from './uses.ts'

/** A template as a caller stores it. */
type GivenTemplate = Omit<NewTemplate, 'partials'>

interface PreviewQuery extends TemplateUse {
  sender: string
  pusher: Pusher
}

/** What callers do with templates besides pushing, reading and removing them. */
export interface TemplateCalls {
  /**
   * Stores a version of a template, unless it is the newest already.
   * @throws CarillonError `invalid_field`, with the field, line and column of what is broken; `conflict` if there are too many
   */
  put(app: number, template: GivenTemplate): Promise<Template>
  /**
   * Stores an earlier version as the newest.
   * @throws CarillonError `template_not_found`, or `invalid_field` if it would be refused today
   */
  rollback(app: number, name: string, version: number): Promise<Template>
  /**
   * Renders a template for a pusher, without sending it.
   * @throws CarillonError `template_not_found`, or `invalid_field` if it cannot be rendered
   */
  preview(app: number, query: PreviewQuery): Promise<object>
}

export interface TemplateDeps extends Omit<ReferenceDeps, 'templates'> {
  versions: TemplateRepository
  /** Those that this process has loaded, by name. */
  senders: ReadonlyMap<string, Pick<SenderFacts, 'templateData' | 'preview'>>
  templates: Templates
  /** `PUBLIC_URL`, for the links in previews. */
  publicUrl?: string | undefined
}

export function templateCalls(deps: TemplateDeps): TemplateCalls {
  return {
    put: (app, template) => put(deps, app, template),
    async rollback(app, name, version) {
      const found = await deps.versions.version(app, name, version)
      if (!found || found.data === null)
        throw new CarillonError('template_not_found', `${name} has no version ${version}.`)
      return put(deps, app, { ...found, data: found.data })
    },
    preview: (app, query) => preview(deps, app, query),
  }
}

async function put(deps: TemplateDeps, app: number, given: GivenTemplate): Promise<Template> {
  const partials = new Set(await deps.versions.partials(app))
  const complaint =
    given.sender === PARTIAL ? partialFault(deps, given, partials) : await faultOf(deps, given, partials)
  if (complaint !== null) throw new CarillonError('invalid_field', complaint)
  const used = usesOf(deps.templates, given.data).partials
  if (given.sender === PARTIAL) await refuseCircle(deps, app, given.name, used)
  return deps.versions.put(app, { ...given, partials: used })
}

function partialFault(
  { templates }: TemplateDeps,
  { data }: GivenTemplate,
  partials: ReadonlySet<string>,
): string | null {
  const complaint = templates.check(data, { known: { partials, isPartial: true } })
  return complaint && `data is not a valid template: ${complaint}`
}

/** What is wrong with the data of a template that is not a partial. */
async function faultOf(
  { senders }: TemplateDeps,
  { sender, data }: GivenTemplate,
  partials: ReadonlySet<string>,
): Promise<string | null> {
  const { issues } = await schemaOf(senders, sender, partials)['~standard'].validate(parseData(data))
  if (!issues) return null
  return `data is invalid for ${sender}: ${isBrokenJson(data) ? 'it begins like JSON but is not valid JSON' : describeIssues(issues)}`
}

function schemaOf(senders: TemplateDeps['senders'], sender: string, partials: ReadonlySet<string>): StandardSchemaV1 {
  const schema = senders.get(sender)?.templateData?.(partials)
  if (!schema) throw new CarillonError('invalid_field', `sender ${sender} takes no templates`)
  return schema
}

/** A partial that renders itself would never end. */
async function refuseCircle(
  { versions, newest }: TemplateDeps,
  app: number,
  name: string,
  used: string[],
): Promise<void> {
  const at = await newest(app)
  const reached = await Promise.all(
    used.map(async (partial) => {
      const edition = await versions.edition(app, PARTIAL, partial, at)
      return [partial, ...[...(edition?.texts.values() ?? [])].flatMap(({ partials }) => [...partials.keys()])]
    }),
  )
  if (reached.flat().includes(name))
    throw new CarillonError('invalid_field', `data renders ${name}, the partial itself`)
}

async function preview(deps: TemplateDeps, app: number, query: PreviewQuery): Promise<object> {
  const { sender, pusher, template: name, vars, locale = pusher.locale } = query
  const edition = await newestEdition(deps, { app, sender, name })
  const text = textFor(edition, locale)
  if (!text) throw noTemplate(`${name} for the locale ${locale || 'of a pusher without one'}`)
  refuseMissing(deps, [text], vars)
  const schema = schemaOf(deps.senders, sender, new Set(text.partials.keys()))
  const read = await schema['~standard'].validate(parseData(text.data))
  if (read.issues) throw unrenderable(describeIssues(read.issues))
  const template = { vars, app: edition.app, partials: text.partials }
  const links = exampleLinks(deps.publicUrl)
  try {
    return deps.senders.get(sender)?.preview?.({ pusher, data: read.value, template, links }) ?? {}
  } catch (error) {
    throw unrenderable(textOf(error instanceof Error ? error.message : error))
  }
}

function unrenderable(reason: string): CarillonError {
  return new CarillonError('invalid_field', `the template cannot be rendered: ${reason}`)
}
