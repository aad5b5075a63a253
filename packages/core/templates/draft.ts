import { type App, PARTIAL, type Pusher, type TemplateUse } from '@carillon/contract'
import type { TemplateRepository } from '@carillon/store'
import { type GivenTemplate, type IssueDeps, issuesOf, type TemplateIssue } from './issues.ts'
import { refuseMissing } from './references.ts'
import { render } from './render.ts'
import { usesOf } from './uses.ts'

/** A template that somebody writes, and whom it is shown to. */
export interface TemplateDraft {
  app: Pick<App, 'id' | 'name'>
  template: GivenTemplate
  pusher: Pusher
  vars: TemplateUse['vars']
}

export interface DraftDeps extends IssueDeps {
  versions: Pick<TemplateRepository, 'partials' | 'edition' | 'sources'>
}

/**
 * Renders a template that is not stored, with the partials that are.
 * @returns what a pusher reads, or what is wrong with the data
 * @throws CarillonError `invalid_field` if it cannot be rendered
 */
export async function previewDraft(
  deps: DraftDeps,
  { app, template: given, pusher, vars }: TemplateDraft,
): Promise<{ shown: object } | { issues: TemplateIssue[] }> {
  const { sender, locale, data, strict } = given
  const issues = await issuesOf(deps, app.id, given)
  if (issues.length > 0) return { issues }
  const partials = await deps.versions.sources(app.id, locale, usesOf(deps.templates, data).partials)
  if (sender !== PARTIAL) refuseMissing(deps, [{ data, strict, partials }], vars)
  const { id, name } = app
  return { shown: await render(deps, { sender, data, pusher, template: { vars, app: { id, name }, partials } }) }
}
