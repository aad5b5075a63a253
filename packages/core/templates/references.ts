import { CarillonError, noTemplate, referenceData, type Template, type TemplateUse } from '@carillon/contract'
import type { EditionText, TemplateEdition } from '@carillon/store'
import type { Templates } from '@carillon/template'
import type { ReadEdition } from './editions.ts'
import { usesOf } from './uses.ts'

export interface ReferenceDeps {
  /** Id of the newest version of any template of an app. */
  newest(app: number): Promise<string>
  readEdition: ReadEdition
  /** All templates of an app, for the error that names those there are. */
  listTemplates(app: number): Promise<Template[]>
  /** Finds the names that templates mention. */
  templates: Pick<Templates, 'uses'>
}

/** What a push with a template keeps. */
export interface KeptContent {
  /** Stands for the versions that were the newest when the push was accepted. */
  data: string
  /** Of a push that names none. */
  category: string | undefined
}

/** Refers to the versions of a template that are the newest at this moment. */
export type ReferTo = (app: number, sender: string, use: TemplateUse) => Promise<KeptContent>

/** @returns a function that throws CarillonError `template_not_found`, or `invalid_field` for vars that are missing */
export function referTo(deps: ReferenceDeps): ReferTo {
  return async (app, sender, use) => {
    const edition = await newestEdition(deps, { app, sender, name: use.template })
    refuseMissing(deps, [...edition.texts.values()], use.vars)
    return { data: referenceData({ ...use, at: edition.at }), category: edition.category ?? undefined }
  }
}

/** @throws CarillonError `template_not_found` */
export async function newestEdition(
  { newest, readEdition, listTemplates }: Pick<ReferenceDeps, 'newest' | 'readEdition' | 'listTemplates'>,
  { app, sender, name }: { app: number; sender: string; name: string },
): Promise<TemplateEdition> {
  const edition = await readEdition({ app, sender, name, at: await newest(app) })
  if (edition) return edition
  throw noTemplate(name, { sender }, await listTemplates(app))
}

/** @throws CarillonError `invalid_field`, if a text that is strict mentions vars that are not given */
export function refuseMissing(
  { templates }: Pick<ReferenceDeps, 'templates'>,
  texts: EditionText[],
  vars: TemplateUse['vars'],
): void {
  const sources = texts.flatMap(({ data, strict, partials }) => (strict ? [data, ...partials.values()] : []))
  const asked = sources.flatMap((text) => usesOf(templates, text).vars)
  const missing = [...new Set(asked)].filter((name) => !Object.hasOwn(vars, name)).toSorted()
  if (missing.length > 0)
    throw new CarillonError('invalid_field', `vars lacks ${missing.join(', ')}, which the template needs`)
}
