import { CarillonError, PARTIAL, type SenderFacts, type StandardSchemaV1, suggestName } from '@carillon/contract'
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
  if (given.data.startsWith('{"') && parseData(given.data) !== given.data)
    return [{ path: [], message: 'must be a text, such as <hr>{{ app.name }}, and not a JSON object' }]
  const complaint = deps.templates.check(given.data, { known: { partials, isPartial: true } })
  if (complaint !== null) return [{ path: [], message: `is not a valid template: ${complaint}` }]
  const through = await rendererOf(deps, app, given)
  return through === undefined ? [] : [{ path: [], message: circle(given.name, through) }]
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
  if (schema) return schema
  if (senders.has(sender)) throw new CarillonError('invalid_field', `sender ${sender} takes no templates`)
  const takers = [...senders].flatMap(([name, facts]) => (facts.templateData ? [name] : []))
  throw new CarillonError('invalid_field', `there is no sender ${sender}; ${suggestName(sender, [...takers, PARTIAL])}`)
}

function circle(name: string, through: string): string {
  return through === name ? 'renders itself' : `renders ${through}, which renders ${name}`
}

/** The partial through which a partial renders itself, which may be itself. Such a partial would never end. */
async function rendererOf(deps: IssueDeps, app: number, { name, data }: GivenTemplate): Promise<string | undefined> {
  const at = await deps.newest(app)
  const { partials } = usesOf(deps.templates, data)
  const rendered = await Promise.all(
    partials.map(async (partial) => {
      const edition = await deps.versions.edition(app, PARTIAL, partial, at)
      return [...(edition?.texts.values() ?? [])].some((text) => text.partials.has(name))
    }),
  )
  return partials.includes(name) ? name : partials.find((_, index) => rendered[index])
}
