import { html, raw } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import type { Problems } from '../view/fields.ts'
import { below, linkTo } from '../view/link.ts'
import { page } from '../view/page.ts'
import { ago } from '../view/time.ts'
import { authorsOf } from './template-authors.ts'
import { type Edit, openedEdit, type Place, type Stored, storedAt } from './template-edit.ts'
import { editor } from './template-editor.ts'
import { editorFields } from './template-fields.ts'
import { addForm, removeButton, type SentTest, testForm } from './template-forms.ts'
import { type Shown, shownOf } from './template-preview.ts'
import { versionsSection } from './template-versions.ts'
import { DEFAULT, placeQuery, TEMPLATES } from './templates.ts'

/**
 * The policy of the editor's page, which the frame of the preview inherits: emails have styles within, and pictures of other
 * servers. The frame has a stricter one of its own.
 */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** A form of the page that was sent, and what was wrong with it. */
export interface Refused {
  /** What was wrong as a whole. */
  problem?: string
  /** The editor as it was filled in. */
  edit?: Edit
  problems?: Problems
  test?: SentTest
}

/** The editor of one text of a template, with a preview, its versions and a test. */
export function templatePage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => showTemplate(c, deps, await storedIn(c, deps))
}

/** Nothing is wrong yet with what nobody has begun to write. */
const NOTHING: Shown = { parts: [], problems: {} }

function isBlank({ texts }: Edit): boolean {
  return Object.values(texts).every((text) => text === '')
}

function storedIn(c: ConsoleContext, deps: ConsoleDeps) {
  return storedAt(c, deps, { sender: c.req.query('sender'), locale: c.req.query('locale') })
}

export async function showTemplate(
  c: ConsoleContext,
  deps: ConsoleDeps,
  stored: Stored & { place: Place },
  refused: Refused = {},
): Promise<Response> {
  const edit = refused.edit ?? (await openedEdit(c, deps, stored))
  const shown = refused.edit || !isBlank(edit) ? await shownOf(c, deps, edit, stored.known) : NOTHING
  const problems = { ...shown.problems, ...refused.problems }
  const { place, known } = stored
  const body = html`<p class="above"><a href="${linkTo(c, TEMPLATES)}">Templates</a></p>
    <h1><span class="name">${place.name}</span></h1>
    ${refusal(refused)} ${textLinks(c, stored)}
    <p class="quiet small">${await aboutVersion(c, deps, stored)}</p>
    ${await editor(c, deps, { edit, shown: { ...shown, problems } })}
    ${known ? html`<div class="buttons">${testForm(c, edit, refused.test)} ${addForm(c, deps, place)} ${removeButton(c, place)}</div>` : ''}
    ${await versionsSection(c, deps, place)}`
  const isRefused = refused.problem !== undefined || refused.problems !== undefined || refused.test !== undefined
  const content = page(c, { title: place.name, section: 'Templates', body })
  return c.html(content, isRefused ? 422 : 200, { 'Content-Security-Policy': POLICY })
}

/** What was refused, with links to the fields. */
function refusal({ problem, problems = {}, edit }: Refused): Html | '' {
  if (problem !== undefined) return html`<p class="notice" role="alert">${problem}</p>`
  const fields = edit ? [...editorFields(edit.place.sender, edit.texts), { name: 'category', label: 'Category' }] : []
  const wrong = fields.filter(({ name }) => problems[name])
  if (wrong.length === 0) return ''
  return html`<div class="notice" role="alert">
    <p>Nothing is stored, because something is wrong:</p>
    <ul>
      ${wrong.map(({ name, label }) => html`<li><a href="#${name}">${label}: ${problems[name]}</a></li>`)}
    </ul>
  </div>`
}

/** Links to every sender and locale of the name. */
function textLinks(c: ConsoleContext, { all, place, known }: Stored & { place: Place }): Html {
  const texts: Place[] = known ? [...all] : [...all, place]
  return html`<nav class="views texts" aria-label="Senders and locales">
    ${texts.map(
      (one) =>
        html`<a
          href="${linkTo(c, below(TEMPLATES, one.name), placeQuery(one))}"
          ${one.sender === place.sender && one.locale === place.locale ? raw('aria-current="page"') : ''}
          >${one.sender}, ${one.locale || DEFAULT}</a
        >`,
    )}
  </nav>`
}

async function aboutVersion(
  c: ConsoleContext,
  deps: ConsoleDeps,
  { known, place }: Stored & { place: Place },
): Promise<Html> {
  if (!known) return html`Not stored yet.${place.locale === '' ? '' : ' It begins with the text of the default.'}`
  const by = (await authorsOf(deps, c.get('app').id, [known]))(known)
  return html`Version ${known.version}, stored ${ago(known.createdAt)}${by === undefined ? '' : ` by ${by}`}`
}
