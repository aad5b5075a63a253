import {
  CarillonError,
  type ErrorCode,
  identifier,
  type PushCommand,
  previewVars,
  type Template,
} from '@carillon/contract'
import { type GivenTemplate, storingOf } from '@carillon/core'
import { auditName } from '../access/audit-name.ts'
import { audited, backTo } from '../access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import { problemOf } from '../view/fields.ts'
import { below, linkTo } from '../view/link.ts'
import { type Notice, noticeQuery } from '../view/notices.ts'
import { PUSHES } from './pushes.ts'
import { type Edit, type Place, type Stored, checkedEdit, sentEdit, storedAt } from './template-edit.ts'
import { numberIn } from './template-versions.ts'
import { typed } from './template-fields.ts'
import { type Refused, showTemplate } from './template.ts'
import { DEFAULT, placeQuery, TEMPLATES } from './templates.ts'

/** What the API refuses because of what somebody has typed. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'category_not_found',
  'conflict',
  'invalid_field',
  'pusher_not_found',
  'template_not_found',
  'too_large',
])

/** Characters of vars and of a pusher that a link can take along. */
const LONGEST_SAMPLE = 1000

/** Shows the page with a preview of what is in its fields. Nothing is stored. */
export function previewTemplate(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const stored = await storedInForm(c, deps)
    return showTemplate(c, deps, stored, { edit: sentEdit(c.get('form'), stored.place) })
  }
}

/** Stores a version, or shows the page again with what was typed and what is wrong with it. */
export function saveTemplate(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const stored = await storedInForm(c, deps)
    const edit = sentEdit(c.get('form'), stored.place)
    return tried(c, deps, { stored, edit }, async () => {
      const ready = await readyToStore(c, deps, stored, edit)
      if ('refused' in ready) return showTemplate(c, deps, stored, ready.refused)
      const [app, { template }] = [c.get('app').id, ready]
      if (isStored(template, stored.known)) return toText(c, edit, { notice: 'template-unchanged' })
      const put = () => deps.core.templates.put(app, template)
      const { version } = await audited(c, deps, storingOf(app, 'template.put', template.name), put)
      return toText(c, edit, { notice: 'template-stored', count: version })
    })
  }
}

async function readyToStore(
  c: ConsoleContext,
  deps: ConsoleDeps,
  { known }: Stored,
  edit: Edit,
): Promise<{ template: GivenTemplate } | { refused: Refused }> {
  const current = known ? String(known.version) : ''
  if (edit.from !== current) return { refused: overtaken(edit, current) }
  const checked = await checkedEdit(c, deps, edit, known)
  return 'problems' in checked ? { refused: { edit, problems: checked.problems } } : checked
}

function isStored({ data, strict, category }: GivenTemplate, known: Stored['known']): boolean {
  return known !== null && data === known.data && strict === known.strict && category === known.category
}

/** Somebody else has stored or removed it meanwhile. To save once more stores it all the same. */
function overtaken(edit: Edit, current: string): Refused {
  const what = current === '' ? 'It was removed' : `Version ${current} was stored`
  const problem = `${what} while you were writing. Your texts are below and not stored yet. Save again to store them all the same.`
  return { edit: { ...edit, from: current }, problem }
}

/** Stores an earlier version as the newest. */
export function rollbackTemplate(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const stored = await storedInForm(c, deps)
    const { name } = stored.place
    const app = c.get('app').id
    const number = numberIn(c.get('form').get('version'))
    return tried(c, deps, { stored }, async () => {
      if (number === undefined) throw new CarillonError('template_not_found', `${name} has no such version.`)
      const rollback = () => deps.core.templates.rollback(app, name, number)
      const restored = await audited(c, deps, storingOf(app, 'template.rollback', name), rollback)
      return toText(c, { place: restored }, { notice: 'template-stored', count: restored.version })
    })
  }
}

/** Removes one text. */
export function removeTemplate(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const stored = await storedInForm(c, deps)
    const { name, sender, locale } = stored.place
    const app = c.get('app').id
    return tried(c, deps, { stored }, async () => {
      const remove = () => deps.templates.remove(app, name, { sender, locale })
      await audited(c, deps, { action: 'template.remove', target: `${name}: ${sender}, ${locale || DEFAULT}` }, remove)
      const isLast = stored.all.length === 1
      return backTo(c, isLast ? TEMPLATES : below(TEMPLATES, name), { notice: 'template-removed' })
    })
  }
}

/** Sends the stored version to one pusher, and shows what becomes of it. */
export function testTemplate(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const stored = await storedInForm(c, deps)
    const { name, sender, locale } = stored.place
    const app = c.get('app').id
    const read = readTest(c)
    if ('test' in read) return showTemplate(c, deps, stored, read)
    const { pusher, vars } = read
    const template = { template: name, vars, ...(locale !== '' && { locale }) }
    const command: PushCommand = { app, sender, pusher, data: '', template, ...TEST, ttl: deps.pushTtl }
    const target = `${name}, ${sender} to ${auditName(app, pusher)}`
    const targetAfter = ({ id }: { id: string }) => `${target}, push ${id}`
    return tried(c, deps, { stored, test: read.texts }, async () => {
      const action = { action: 'template.test', target, targetAfter, personal: pusher }
      const { id } = await audited(c, deps, action, () => deps.core.push(command))
      return backTo(c, below(PUSHES, id), { notice: 'test-accepted' })
    })
  }
}

const TEST = { schedat: 0, force: true, priority: 'high' } as const

function readTest(c: ConsoleContext) {
  const texts = { pusher: typed(c.get('form'), 'pusher').trim(), vars: typed(c.get('form'), 'vars') }
  const read = { pusher: identifier.safeParse(texts.pusher), vars: previewVars.safeParse(texts.vars.trim()) }
  if (read.pusher.success && read.vars.success) return { pusher: read.pusher.data, vars: read.vars.data ?? {}, texts }
  const problems = Object.entries(read).map(([name, { error }]) => [name, error && problemOf(error.issues[0]!.message)])
  return { test: { texts, problems: Object.fromEntries(problems) } } satisfies Refused
}

/** What is shown again if a change is refused. */
interface Attempt {
  stored: Stored & { place: Place }
  edit?: Edit
  /** The form for a test. */
  test?: { pusher: string; vars: string }
}

async function tried(
  c: ConsoleContext,
  deps: ConsoleDeps,
  { stored, edit, test }: Attempt,
  change: () => Promise<Response>,
) {
  try {
    return await change()
  } catch (error) {
    if (!(error instanceof CarillonError) || !REFUSALS.has(error.code)) throw error
    if (edit && error.code === 'category_not_found')
      return showTemplate(c, deps, stored, { edit, problems: { category: error.message } })
    const refused = { problem: error.message, ...(edit && { edit }) }
    return showTemplate(c, deps, stored, { ...refused, ...(test && { test: { texts: test, problems: {} } }) })
  }
}

/** The text that a form is about. */
function storedInForm(c: ConsoleContext, deps: ConsoleDeps) {
  const form = c.get('form')
  return storedAt(c, deps, { sender: form.get('sender') ?? undefined, locale: form.get('locale') ?? undefined })
}

/** Shows a text after a change, with the preview as it was. */
function toText(
  c: ConsoleContext,
  { place, ...samples }: { place: Place | Template } & Partial<Edit>,
  notice: Notice,
): Response {
  const kept = Object.entries({ pusher: samples.pusher, vars: samples.vars })
  const short = kept.filter(([, text]) => text !== undefined && text.length <= LONGEST_SAMPLE)
  const look = { width: samples.width, background: samples.background, pictures: samples.pictures ? 'on' : undefined }
  const query = { ...placeQuery(place), ...Object.fromEntries(short), ...look, ...noticeQuery(notice) }
  return c.redirect(linkTo(c, below(TEMPLATES, place.name), query), 303)
}
