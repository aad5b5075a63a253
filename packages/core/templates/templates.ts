import {
  CarillonError,
  describeIssues,
  noTemplate,
  noTemplateVersion,
  PARTIAL,
  type Pusher,
  type Template,
  type TemplateUse,
} from '@carillon/contract'
import type { CategoryRepository, TemplateRepository } from '@carillon/store'
import { unknownCategories } from '../accept/categories.ts'
import { previewDraft, type TemplateDraft } from './draft.ts'
import { type ReadEdition, textFor } from './editions.ts'
import { type GivenTemplate, type IssueDeps, issuesOf, type TemplateIssue } from './issues.ts'
import { newestEdition, type ReferenceDeps, refuseMissing } from './references.ts'
import { render } from './render.ts'
import { usesOf } from './uses.ts'

interface PreviewQuery extends TemplateUse {
  sender: string
  pusher: Pusher
}

/** What callers do with templates besides pushing, reading and removing them. */
export interface TemplateCalls {
  /**
   * Stores a version of a template, unless it is the newest already.
   * @throws CarillonError `invalid_field`, with the field, line and column of what is broken; `category_not_found`; `conflict`
   * if there are too many
   */
  put(app: number, template: GivenTemplate): Promise<Template>
  /**
   * Stores an earlier version as the newest.
   * @throws CarillonError `template_not_found`, or `invalid_field` or `category_not_found` if it would be refused today
   */
  rollback(app: number, name: string, version: number): Promise<Template>
  /**
   * Renders a template for a pusher, without sending it.
   * @throws CarillonError `template_not_found`, or `invalid_field` if it cannot be rendered
   */
  preview(app: number, query: PreviewQuery): Promise<object>
  /**
   * Renders a template that is not stored.
   * @throws CarillonError `invalid_field` if it cannot be rendered
   */
  previewDraft(draft: TemplateDraft): Promise<object>
  /** What is wrong with a template. @throws CarillonError `invalid_field` if its sender takes none */
  issues(app: number, template: GivenTemplate): Promise<TemplateIssue[]>
  /** Names that the data of a template asks for directly below `vars`. */
  varsOf(data: string): string[]
  /** Names of the senders that take templates, as far as this process has loaded them. */
  senders(): string[]
}

export interface TemplateDeps extends IssueDeps {
  versions: TemplateRepository
  categories: Pick<CategoryRepository, 'exist'>
  readEdition: ReadEdition
  listTemplates: ReferenceDeps['listTemplates']
}

export function templateCalls(deps: TemplateDeps): TemplateCalls {
  return {
    put: (app, template) => put(deps, app, template),
    async rollback(app, name, version) {
      const found = await deps.versions.version(app, name, version)
      if (!found || found.data === null) throw noTemplateVersion(name, version)
      return put(deps, app, { ...found, data: found.data })
    },
    preview: (app, query) => preview(deps, app, query),
    previewDraft: (draft) => previewDraft(deps, draft),
    issues: (app, template) => issuesOf(deps, app, template),
    varsOf: (data) => usesOf(deps.templates, data).vars,
    senders: () => [...deps.senders].filter(([, { templateData }]) => templateData).map(([name]) => name),
  }
}

async function put(deps: TemplateDeps, app: number, given: GivenTemplate): Promise<Template> {
  const issues = await issuesOf(deps, app, given)
  if (issues.length > 0) throw new CarillonError('invalid_field', complaintOf(given.sender, issues))
  const [unknown] = await unknownCategories(deps.categories, [{ app, category: given.category ?? undefined }])
  if (unknown) throw unknown
  return deps.versions.put(app, { ...given, partials: usesOf(deps.templates, given.data).partials })
}

function complaintOf(sender: string, issues: TemplateIssue[]): string {
  return sender === PARTIAL ? `data ${issues[0]!.message}` : `data is invalid for ${sender}: ${describeIssues(issues)}`
}

async function preview(deps: TemplateDeps, app: number, query: PreviewQuery): Promise<object> {
  const { sender, pusher, template: name, vars, locale = pusher.locale } = query
  const edition = await newestEdition(deps, { app, sender, name })
  const text = textFor(edition, locale)
  if (!text) throw noTemplate(name, { sender, locale }, await deps.listTemplates(app))
  refuseMissing(deps, [text], vars)
  return render(deps, {
    sender,
    data: text.data,
    pusher,
    template: { vars, app: edition.app, partials: text.partials },
  })
}
