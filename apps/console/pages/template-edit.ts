import {
  noTemplate,
  previewPusher,
  previewVars,
  type Template,
  templateBody,
  templateName,
  templatePlace,
  type TemplateVersion,
} from '@carillon/contract'
import type { GivenTemplate } from '@carillon/core'
import { problemOf, type Problems, type Texts } from '../view/fields.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import { dataOf, dataOfInputs, problemsOfData, textsIn, textsOfData, typed } from './template-fields.ts'
import { DEFAULT } from './templates.ts'

/** One text of a template: what one sender sends in one locale. */
export interface Place {
  name: string
  sender: string
  /** Empty: the default. */
  locale: string
}

/** How a preview looks. */
export interface Look {
  width: 'desktop' | 'phone'
  background: 'light' | 'dark'
  /** Pictures of other servers are loaded. */
  pictures: boolean
}

/** The editor as somebody has filled it in. */
export interface Edit extends Look {
  place: Place
  texts: Texts
  category: string
  strict: boolean
  /** The pusher and the vars of the preview. */
  pusher: string
  vars: string
  /** The number of the version that was edited; empty: there was none. */
  from: string
}

/** What there is of a name. */
export interface Stored {
  /** Every sender and locale, without data. */
  all: readonly Template[]
  /** The text that the page is about. */
  known: TemplateVersion | null
}

const SAMPLE_PUSHER = JSON.stringify({ nickname: 'Ada', email: 'ada@example.com' })

/** The text that a link or a form names, and what is stored. @throws CarillonError `template_not_found` */
export async function storedAt(
  c: ConsoleContext,
  { templates }: Pick<ConsoleDeps, 'templates'>,
  given: { sender?: string | undefined; locale?: string | undefined },
): Promise<Stored & { place: Place }> {
  const [app, name] = [c.get('app').id, nameIn(c)]
  const all = await templates.places(app, name)
  const place = placeIn(name, all, given)
  const [known = null] = await templates.find(app, name, place)
  return { all, known, place }
}

/** The name in the path. @throws CarillonError `template_not_found` */
export function nameIn(c: ConsoleContext): string {
  const name = c.req.param('name') ?? ''
  if (!templateName.safeParse(name).success) throw noTemplate(name)
  return name
}

/** A text that is not stored can be written. */
function placeIn(
  name: string,
  all: readonly Template[],
  given: { sender?: string | undefined; locale?: string | undefined },
): Place {
  const ofSender = all.filter((one) => given.sender === undefined || one.sender === given.sender)
  const first = ofSender.find((one) => one.locale === '') ?? ofSender[0]
  const sender = given.sender ?? first?.sender
  const locale = given.locale === DEFAULT ? '' : (given.locale ?? first?.locale)
  const { data } = templatePlace.safeParse({ name, sender, locale })
  if (!data) throw noTemplate(name)
  return { ...data, locale: data.locale ?? '' }
}

/** The editor when it is opened. The text of a new locale begins with that of the default. */
export async function openedEdit(
  c: ConsoleContext,
  { templates, core }: ConsoleDeps,
  { place, known }: Stored & { place: Place },
): Promise<Edit> {
  const { name, sender, locale } = place
  const [like] = known || locale === '' ? [known] : await templates.find(c.get('app').id, name, { sender, locale: '' })
  const data = like?.data ?? null
  const names = data === null ? [] : core.templates.varsOf(data)
  const sampleVars =
    names.length === 0 ? '{}' : JSON.stringify(Object.fromEntries(names.map((one) => [one, one])), null, 2)
  return {
    place,
    texts: textsOfData(sender, data),
    category: like?.category ?? '',
    strict: like?.strict ?? false,
    pusher: c.req.query('pusher') ?? SAMPLE_PUSHER,
    vars: c.req.query('vars') ?? sampleVars,
    from: known ? String(known.version) : '',
    ...lookIn(new URL(c.req.url).searchParams),
  }
}

/** The editor as a form has sent it. */
export function sentEdit(form: URLSearchParams, place: Place): Edit {
  return {
    place,
    texts: textsIn(place.sender, form),
    category: typed(form, 'category').trim(),
    strict: form.has('strict'),
    pusher: typed(form, 'pusher'),
    vars: typed(form, 'vars'),
    from: typed(form, 'from'),
    ...lookIn(form),
  }
}

function lookIn(form: URLSearchParams): Look {
  return {
    width: form.get('width') === 'phone' ? 'phone' : 'desktop',
    background: form.get('background') === 'dark' ? 'dark' : 'light',
    pictures: form.has('pictures'),
  }
}

/** A template that can be stored, or everything that is wrong with the inputs. */
export async function checkedEdit(
  c: ConsoleContext,
  { core }: Pick<ConsoleDeps, 'core'>,
  edit: Edit,
  known: TemplateVersion | null,
): Promise<{ template: GivenTemplate } | { problems: Problems }> {
  const { place, texts } = edit
  const made = templateOf(edit, known)
  const rest = { ...place, data: dataOfInputs(place.sender, texts), strict: false, category: null }
  const issues = await core.templates.issues(c.get('app').id, 'problems' in made ? rest : made.template)
  if (issues.length === 0) return made
  return { problems: { ...problemsOfData(place.sender, texts, issues), ...problemsIn(made) } }
}

export function problemsIn(read: { problems: Problems } | object): Problems {
  return 'problems' in read ? read.problems : {}
}

/** What the schema of the API accepts. */
function templateOf(edit: Edit, known: TemplateVersion | null): { template: GivenTemplate } | { problems: Problems } {
  const { place, texts, category, strict } = edit
  const made = dataOf(place.sender, texts, known?.data ?? null)
  if ('problems' in made) return made
  const { data, error } = templateBody.safeParse({ ...place, data: made.data, category, strict })
  if (error) return { problems: problemsOfIssues(error.issues, edit) }
  return { template: { ...place, data: data.data, strict: data.strict, category: data.category ?? null } }
}

/** Whom the preview is for, and with which vars; or what is wrong with the inputs. */
export function samplesOf({ pusher, vars }: Edit) {
  const read = { pusher: previewPusher.safeParse(pusher.trim()), vars: previewVars.safeParse(vars.trim()) }
  if (read.pusher.success && read.vars.success) return { pusher: read.pusher.data, vars: read.vars.data ?? {} }
  const issues = Object.entries(read).flatMap(([name, { error }]) =>
    error ? [[name, problemOf(error.issues[0]!.message)]] : [],
  )
  return { problems: Object.fromEntries(issues) as Problems }
}

/** Data as a whole is shown by the first of its inputs. */
function problemsOfIssues(issues: readonly { path: PropertyKey[]; message: string }[], { texts }: Edit): Problems {
  const first = Object.keys(texts)[0]!
  return Object.fromEntries(
    issues.map(({ path, message }) => [path[0] === 'data' ? first : String(path[0]), problemOf(message)]),
  )
}
