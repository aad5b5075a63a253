import { PARTIAL, type Template, templatePlace } from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { field, problemOf, type Problems, type Texts } from '../view/fields.ts'
import { textIn } from '../view/filter.ts'
import { anyOf, appField, formToOpen, selectField, textField } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { PAGE } from '../view/more.ts'
import { page } from '../view/page.ts'
import { type Column, table } from '../view/table.ts'
import { ago } from '../view/time.ts'
import { type AuthorOf, authorsOf } from './template-authors.ts'

export const TEMPLATES = '/console/templates'

/** How pages call the text without a locale. */
export const DEFAULT = 'default'

interface FilledIn {
  texts: Texts
  problems: Problems
}

/** The templates of an app, by name. */
export function templatesPage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => c.html(await show(c, deps))
}

/** Leads to the editor of a text that need not be stored yet. Nothing is stored. */
export function newTemplate(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const texts = Object.fromEntries(['name', 'sender', 'locale'].map((name) => [name, c.get('form').get(name) ?? '']))
    const { data, error } = templatePlace.safeParse(texts)
    if (data) return c.redirect(linkTo(c, below(TEMPLATES, data.name), placeQuery(data)), 303)
    const problems = error.issues.map(({ path, message }) => [String(path[0]), problemOf(message)])
    return c.html(await show(c, deps, { texts, problems: Object.fromEntries(problems) }), 422)
  }
}

/** The parameters of a link to one text of a template. A link to the text without a locale says so. */
export function placeQuery({ sender, locale = '' }: { sender: string; locale?: string | undefined }) {
  return { sender, locale: locale || DEFAULT }
}

/** All texts of a name. */
interface Named {
  name: string
  texts: Template[]
  newest: Template
}

async function show(c: ConsoleContext, deps: ConsoleDeps, filledIn?: FilledIn): Promise<Html> {
  const app = c.get('app').id
  const all = await deps.templates.list(app)
  const filter = { name: textIn(c.req.query('name')), sender: textIn(c.req.query('sender')) }
  const found = namedIn(all, filter)
  const after = c.req.query('after') ?? ''
  const rows = found.filter(({ name }) => name > after).slice(0, PAGE)
  const last = rows.length === PAGE && rows.at(-1)!.name
  const authorOf = await authorsOf(
    deps,
    app,
    rows.map(({ newest }) => newest),
  )
  const body = html`<h1>Templates</h1>
    <p class="lead">Messages that are stored once and pushed by their name.</p>
    <div class="buttons">${creation(c, deps, filledIn)}</div>
    ${all.length > 0 ? filterForm(c, filter, [...new Set(all.map(({ sender }) => sender))]) : ''}
    ${rows.length > 0 ? table('Templates, by name', columnsFor(c, authorOf), rows) : emptyState(c, all.length > 0)}
    ${last && html`<p class="older"><a href="${linkTo(c, TEMPLATES, { ...filter, after: last })}">More</a></p>`}`
  return page(c, { title: 'Templates', section: 'Templates', body })
}

function namedIn(all: readonly Template[], filter: { name: string | undefined; sender: string | undefined }): Named[] {
  const names = Map.groupBy(all, ({ name }) => name)
  const found = Array.from(names, ([name, texts]) => ({ name, texts, newest: newestOf(texts) }))
  const wanted = filter.name?.toLowerCase() ?? ''
  return found
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .filter(({ texts }) => filter.sender === undefined || texts.some(({ sender }) => sender === filter.sender))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function newestOf(texts: readonly Template[]): Template {
  return texts.reduce((newest, one) => (one.version > newest.version ? one : newest))
}

function columnsFor(c: ConsoleContext, authorOf: AuthorOf): Column<Named>[] {
  return [
    {
      name: 'Template',
      kind: 'main',
      cell: ({ name }) => html`<a href="${linkTo(c, below(TEMPLATES, name))}">${name}</a>`,
    },
    { name: 'Senders', kind: 'words', cell: ({ texts }) => unique(texts.map(({ sender }) => sender)) },
    { name: 'Locales', kind: 'words', cell: ({ texts }) => unique(texts.map(({ locale }) => locale || DEFAULT)) },
    { name: 'Version', kind: 'number', cell: ({ newest }) => newest.version },
    { name: 'Changed', kind: 'number', cell: ({ newest }) => ago(newest.createdAt) },
    { name: 'By', kind: 'words', cell: ({ newest }) => authorOf(newest) },
  ]
}

function unique(names: string[]): string {
  return [...new Set(names)].join(', ')
}

function emptyState(c: ConsoleContext, isFiltered: boolean): Html {
  if (isFiltered) return html`<p class="quiet">No template fits.</p>`
  const isAdmin = c.get('visitor').role === 'admin'
  return html`<p class="quiet">
    There are none yet. ${isAdmin ? 'Begin with “New template”' : 'An administrator can create one here'}, or store one
    with <code>carillon template put</code>. Push it with <code>carillon push sendmail ada --template welcome</code>.
  </p>`
}

function filterForm(
  c: ConsoleContext,
  filter: { name: string | undefined; sender: string | undefined },
  senders: readonly string[],
): Html {
  const isSet = filter.name !== undefined || filter.sender !== undefined
  return html`<form class="filter" action="${TEMPLATES}" role="search" aria-label="Templates">
    ${appField(c)} ${textField({ id: 'filter-name', name: 'name', label: 'Name contains', value: filter.name })}
    ${selectField({ id: 'filter-sender', name: 'sender', label: 'Sender', value: filter.sender, options: anyOf(senders) })}
    <div class="filter-end">
      <button>Show</button>
      ${isSet ? html`<a href="${linkTo(c, TEMPLATES)}">Show all</a>` : ''}
    </div>
  </form>`
}

function creation(
  c: ConsoleContext,
  deps: ConsoleDeps,
  { texts = {}, problems = {} }: Partial<FilledIn> = {},
): Html | '' {
  const name = { name: 'name', label: 'Name', hint: 'By which it is pushed, such as welcome.' }
  return formToOpen(c, {
    label: 'New template',
    isOpen: Object.keys(problems).length > 0,
    path: TEMPLATES,
    action: 'Write it',
    fields: [field(name, texts, problems), ...placeFields(deps, texts, problems)],
  })
}

/** The inputs for the sender and the locale of a text. */
export function placeFields({ core }: Pick<ConsoleDeps, 'core'>, texts: Texts, problems: Problems): Html[] {
  const choices = new Set([...core.templates.senders(), PARTIAL])
  const sender = {
    name: 'sender',
    label: 'Sender',
    choices,
    hint: `Such as sendmail, or ${PARTIAL} for a text that other templates render.`,
  }
  const locale = {
    name: 'locale',
    label: 'Locale',
    hint: 'Such as zh-CN. Empty: for everybody without a text of their own.',
  }
  return [field(sender, texts, problems), field(locale, texts, problems)]
}
