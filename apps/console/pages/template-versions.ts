import { noTemplate, type Template, type TemplateVersion } from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import { lineDiff } from '../view/diff.ts'
import type { Html } from '../view/document.ts'
import { facts } from '../view/facts.ts'
import { appField, carefulButton, selectField } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { PAGE } from '../view/more.ts'
import { page } from '../view/page.ts'
import { type Column, table } from '../view/table.ts'
import { exactly } from '../view/time.ts'
import { type AuthorOf, authorsOf } from './template-authors.ts'
import { nameIn, type Place } from './template-edit.ts'
import { labelledTexts } from './template-fields.ts'
import { DEFAULT, placeQuery, TEMPLATES } from './templates.ts'

/** The versions of one text, newest first, each with what it changed. */
export async function versionsSection(c: ConsoleContext, deps: ConsoleDeps, place: Place): Promise<Html | ''> {
  const { name, sender, locale } = place
  const app = c.get('app').id
  const found = await deps.templates.versions(app, name, { sender, locale, after: afterOf(c), size: PAGE + 1 })
  if (found.length === 0) return ''
  const shown = found.slice(0, PAGE)
  const older =
    found.length > PAGE && linkTo(c, pathOf(name), { ...placeQuery(place), after: String(shown.at(-1)!.version) })
  const authorOf = await authorsOf(deps, app, shown)
  return html`<section aria-labelledby="versions">
    <h2 id="versions">Versions</h2>
    ${found.length > 1 ? compareForm(c, shown) : ''}
    ${table('Versions, newest first', columnsFor(c, { versions: found, authorOf }), shown)}
    ${older && html`<p class="older"><a href="${older}">Older</a></p>`}
  </section>`
}

function afterOf(c: ConsoleContext): number | undefined {
  return numberIn(c.req.query('after'))
}

/** The number of a version. Anything else is none. */
export function numberIn(text: string | null = ''): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

interface Listed {
  versions: readonly Template[]
  authorOf: AuthorOf
}

function columnsFor(c: ConsoleContext, { versions, authorOf }: Listed): Column<Template>[] {
  const newest = afterOf(c) === undefined ? versions[0]!.version : Infinity
  const before = (version: Template) => versions[versions.indexOf(version) + 1]
  return [
    { name: 'Version', kind: 'main', cell: ({ version }) => `Version ${version}` },
    { name: 'Stored', cell: ({ createdAt }) => exactly(createdAt) },
    { name: 'By', kind: 'words', cell: authorOf },
    { name: 'Changes', cell: (version) => changesLink(c, before(version), version) },
    {
      name: 'Actions',
      kind: 'actions',
      cell: (version) => (version.version === newest ? '' : rollbackButton(c, version)),
    },
  ]
}

function changesLink(c: ConsoleContext, before: Template | undefined, { name, version }: Template): Html | '' {
  if (!before) return ''
  const query = { from: String(before.version), to: String(version) }
  return html`<a href="${linkTo(c, `${pathOf(name)}/changes`, query)}"
    >Changes<span class="unseen"> from version ${before.version} to ${version}</span></a
  >`
}

function rollbackButton(c: ConsoleContext, { name, version, sender, locale }: Template): Html | '' {
  return carefulButton(c, {
    path: `${pathOf(name)}/rollback`,
    label: 'Roll back',
    about: `to version ${version}`,
    fields: { ...placeQuery({ sender, locale }), version: String(version) },
    question: 'It is stored again, as the newest version. No version is lost.',
  })
}

function compareForm(c: ConsoleContext, versions: readonly Template[]): Html {
  const [to, from] = versions
  return html`<form class="filter compare" action="${pathOf(to!.name)}/changes" aria-label="Compare two versions">
    ${appField(c)} ${versionChoice('from', 'From', versions, from ?? to!)} ${versionChoice('to', 'To', versions, to!)}
    <div class="filter-end"><button>Compare</button></div>
  </form>`
}

function versionChoice(name: string, label: string, versions: readonly Template[], chosen: Template): Html {
  const options = new Map(versions.map(({ version }) => [String(version), `Version ${version}`]))
  return selectField({ id: `compare-${name}`, name, label, value: String(chosen.version), options })
}

/** What differs between two versions of a name. */
export function changesPage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const name = nameIn(c)
    const [from, to] = await Promise.all([versionIn(c, deps, name, 'from'), versionIn(c, deps, name, 'to')])
    const title = `Version ${from.version} to ${to.version}`
    const back = linkTo(c, pathOf(name), placeQuery(to))
    const body = html`<p class="above">
        <a href="${linkTo(c, TEMPLATES)}">Templates</a> / <a href="${back}">${name}</a>
      </p>
      <h1>${title}</h1>
      <p class="lead">
        ${to.sender}, ${to.locale || DEFAULT}. Lines with − are only in version ${from.version}, lines with + only in
        version ${to.version}.
      </p>
      ${changedFacts(from, to)} ${changedTexts(from, to)}`
    return c.html(page(c, { title: `${name}: ${title}`, section: 'Templates', body }))
  }
}

/** @throws CarillonError `template_not_found` */
async function versionIn(
  c: ConsoleContext,
  { templates }: Pick<ConsoleDeps, 'templates'>,
  name: string,
  parameter: string,
): Promise<TemplateVersion & { data: string }> {
  const number = numberIn(c.req.query(parameter))
  const version = number === undefined ? null : await templates.version(c.get('app').id, name, number)
  if (!version || version.data === null) throw noTemplate(`${name} of this version`)
  return { ...version, data: version.data }
}

function changedFacts(from: Template, to: Template): Html | '' {
  const changed = (label: string, of: (one: Template) => string) =>
    of(from) === of(to) ? [] : [[label, `${of(from)} → ${of(to)}`] as const]
  const all = [
    ...changed('Sender', ({ sender }) => sender),
    ...changed('Locale', ({ locale }) => locale || DEFAULT),
    ...changed('Category', ({ category }) => category ?? 'none'),
    ...changed('Strict', ({ strict }) => (strict ? 'yes' : 'no')),
  ]
  return all.length > 0 ? facts(all) : ''
}

function changedTexts(from: TemplateVersion & { data: string }, to: TemplateVersion & { data: string }): Html {
  const [before, after] = [labelledTexts(from.sender, from.data), labelledTexts(to.sender, to.data)]
  const labels = [...new Set([...before.keys(), ...after.keys()])]
  const changed = labels.filter((label) => before.get(label) !== after.get(label))
  if (changed.length === 0) return html`<p class="quiet">The texts are the same.</p>`
  return html`${changed.map(
    (label) =>
      html`<section>
        <h2>${label}</h2>
        ${lineDiff(before.get(label) ?? '', after.get(label) ?? '')}
      </section>`,
  )}`
}

function pathOf(name: string): string {
  return below(TEMPLATES, name)
}
