import { CarillonError, PARTIAL, type SenderFacts, type StandardSchemaV1 } from '@carillon/contract'
import type { NewTemplate, TemplateRepository } from '@carillon/store'
import type { Templates } from '@carillon/template'
import { isBrokenJson, parseData } from '../data.ts'
import { usesOf } from './uses.ts'

/** A template as a caller stores it. */
export type GivenTemplate = Omit<NewTemplate, 'partials'>

/** Something that is wrong with the data of a template. */
export interface TemplateIssue {
  /** Names of the fields of the data that lead to it; empty: the data itself. */
  path: readonly string[]
  /** Goes on behind the name of the field: `is not a valid template: line 2, column 7: …`. It contains no values. */
  message: string
}

export interface IssueDeps {
  versions: Pick<TemplateRepository, 'partials' | 'edition'>
  /** Id of the newest version of any template of an app. */
  newest(app: number): Promise<string>
  /** Those that this process has loaded, by name. */
  senders: ReadonlyMap<string, Pick<SenderFacts, 'templateData' | 'preview'>>
  templates: Templates
  /** `PUBLIC_URL`, for the links in previews. */
  publicUrl?: string | undefined
}

/** What is wrong with a template, as it would be stored now. @throws CarillonError `invalid_field` for a sender that takes none */
export async function issuesOf(deps: IssueDeps, app: number, given: GivenTemplate): Promise<TemplateIssue[]> {
  const partials = new Set(await deps.versions.partials(app))
  if (given.sender !== PARTIAL) return dataIssues(deps, given, partials)
  const complaint = deps.templates.check(given.data, { known: { partials, isPartial: true } })
  if (complaint !== null) return [{ path: [], message: `is not a valid template: ${complaint}` }]
  return (await rendersItself(deps, app, given))
    ? [{ path: [], message: `renders ${given.name}, the partial itself` }]
    : []
}

async function dataIssues(
  { senders }: Pick<IssueDeps, 'senders'>,
  { sender, data }: GivenTemplate,
  partials: ReadonlySet<string>,
): Promise<TemplateIssue[]> {
  const { issues = [] } = await schemaOf(senders, sender, partials)['~standard'].validate(parseData(data))
  if (issues.length > 0 && isBrokenJson(data)) return [{ path: [], message: 'begins like JSON but is not valid JSON' }]
  return issues.map(({ path = [], message }) => ({
    path: path.map((part) => String(typeof part === 'object' ? part.key : part)),
    message,
  }))
}

/** @throws CarillonError `invalid_field` */
export function schemaOf(
  senders: IssueDeps['senders'],
  sender: string,
  partials: ReadonlySet<string>,
): StandardSchemaV1 {
  const schema = senders.get(sender)?.templateData?.(partials)
  if (!schema) throw new CarillonError('invalid_field', `sender ${sender} takes no templates`)
  return schema
}

/** Such a partial would never end. */
async function rendersItself(deps: IssueDeps, app: number, { name, data }: GivenTemplate): Promise<boolean> {
  const at = await deps.newest(app)
  const reached = await Promise.all(
    usesOf(deps.templates, data).partials.map(async (partial) => {
      const edition = await deps.versions.edition(app, PARTIAL, partial, at)
      return [partial, ...[...(edition?.texts.values() ?? [])].flatMap(({ partials }) => [...partials.keys()])]
    }),
  )
  return reached.flat().includes(name)
}
