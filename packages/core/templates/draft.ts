import { type App, PARTIAL, type Pusher, type TemplateUse } from '@carillon/contract'
import type { TemplateRepository } from '@carillon/store'
import type { GivenTemplate, IssueDeps } from './issues.ts'
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
 * What a pusher reads of a template that is not stored, with the partials that are.
 * @throws CarillonError `invalid_field` if it cannot be rendered
 */
export async function previewDraft(deps: DraftDeps, draft: TemplateDraft): Promise<object> {
  const { sender, locale, data, strict } = draft.template
  const { pusher, vars } = draft
  const { id, name } = draft.app
  const partials = await deps.versions.sources(id, locale, usesOf(deps.templates, data).partials)
  if (sender !== PARTIAL) refuseMissing(deps, [{ data, strict, partials }], vars)
  return render(deps, { sender, data, pusher, template: { vars, app: { id, name }, partials } })
}
