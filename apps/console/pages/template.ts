import { PARTIAL } from '@carillon/contract'
import { html, raw } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import type { Problems, Texts } from '../view/fields.ts'
import { appField, carefulButton, formToOpen, hiddenToken, textField } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { page } from '../view/page.ts'
import { ago } from '../view/time.ts'
import { authorsOf } from './template-authors.ts'
import { type Edit, openedEdit, type Place, type Stored, storedAt } from './template-edit.ts'
import { type EditorField, editorFields, linesOf } from './template-fields.ts'
import { previewBox, type Shown, shownOf } from './template-preview.ts'
import { versionsSection } from './template-versions.ts'
import { DEFAULT, placeFields, placeQuery, TEMPLATES } from './templates.ts'

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
  /** The form for a test. */
  test?: { texts: Texts; problems: Problems }
}

/** The editor of one text of a template, with a preview, its versions and a test. */
export function templatePage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => showTemplate(c, deps, await storedIn(c, deps))
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
  const shown = await shownOf(c, deps, edit, stored.known)
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

/** The fields, and beside them what they make. A viewer may change only whom the preview is for. */
async function editor(
  c: ConsoleContext,
  deps: ConsoleDeps,
  { edit, shown }: { edit: Edit; shown: Shown },
): Promise<Html> {
  const isAdmin = c.get('visitor').role === 'admin'
  const { place, from } = edit
  const path = below(TEMPLATES, place.name)
  const preview = linkTo(c, `${path}/preview`)
  const attributes = isAdmin
    ? html`method="post" action="${linkTo(c, path)}" data-preview="${preview}"`
    : html`action="${path}" data-search`
  return html`<form class="editor fields" ${attributes}>
    ${isAdmin ? hiddenToken(c) : appField(c)}
    <input type="hidden" name="sender" value="${place.sender}" />
    <input type="hidden" name="locale" value="${place.locale || DEFAULT}" />
    ${isAdmin ? html`<input type="hidden" name="from" value="${from}" />` : ''}
    <section aria-labelledby="texts">
      <h2 id="texts">Template</h2>
      ${editorFields(place.sender, edit.texts).map((one) => codeField(one, edit.texts[one.name], { problem: shown.problems[one.name], isFixed: !isAdmin }))}
      ${isAdmin ? await settings(c, deps, edit, shown.problems) : ''}
    </section>
    <section aria-labelledby="preview">
      <h2 id="preview">Preview</h2>
      ${samples(edit, shown.problems)} ${previewBox(edit, shown)}
    </section>
  </form>`
}

async function settings(
  c: ConsoleContext,
  deps: ConsoleDeps,
  { place, category, strict }: Edit,
  problems: Problems,
): Promise<Html> {
  const isPartial = place.sender === PARTIAL
  const known = isPartial ? [] : await deps.categories.list(c.get('app').id)
  return html`${
      isPartial
        ? ''
        : html`${textField({ name: 'category', label: 'Category', value: category, problem: problems['category'], choices: new Set(known.map(({ name }) => name)) })}
            <div class="switch">
              <input id="strict" name="strict" type="checkbox" ${strict ? raw('checked') : ''} />
              <label for="strict">Refuse pushes that lack a name of vars</label>
            </div>`
    }
    <div class="buttons">
      <button class="main">Save</button>
      <button class="preview-button" formaction="${linkTo(c, `${below(TEMPLATES, place.name)}/preview`)}">
        Preview
      </button>
    </div>`
}

interface CodeField extends EditorField {
  hint?: string
}

/** A field for a text with lines. What is wrong with it is replaced while somebody types. */
function codeField({ name, label, lines, hint }: CodeField, text = '', { problem = '', isFixed = false } = {}): Html {
  const attributes = html`id="${name}" ${isFixed ? raw('readonly') : html`name="${name}"`} autocomplete="off"
  autocapitalize="off" spellcheck="false" aria-describedby="${name}-problem"
  ${problem === '' ? '' : raw('aria-invalid="true"')}`
  // The parser of HTML drops a line break at the start.
  const input =
    lines === undefined
      ? html`<input ${attributes} value="${text}" />`
      : html`<textarea ${attributes} rows="${lines}">${`\n${text}`}</textarea>`
  return html`<div>
    <label for="${name}">${label}</label>
    ${input}
    <p class="problem small" id="${name}-problem" data-result>${problem}</p>
    ${hint && html`<p class="quiet small">${hint}</p>`}
  </div>`
}

function samples({ pusher, vars }: Edit, problems: Problems): Html {
  const whom = { name: 'pusher', label: 'Pusher', hint: 'The id of one, or a JSON object with fields of one.' }
  const lines = linesOf(vars, 8)
  return html`<div class="samples">
    ${codeField({ ...whom, lines: 2 }, pusher, { problem: problems['pusher'] ?? '' })}
    ${codeField({ name: 'vars', label: 'Vars, as a JSON object', lines }, vars, { problem: problems['vars'] ?? '' })}
  </div>`
}

function testForm(c: ConsoleContext, { place, vars }: Edit, test: Refused['test']): Html | '' {
  if (place.sender === PARTIAL) return ''
  const texts = test?.texts ?? { pusher: '', vars }
  const inOwnLocale = place.locale === '' ? ' It gets the text for its own locale, if there is one.' : ''
  const inputs = [
    {
      id: 'test-pusher',
      name: 'pusher',
      label: 'Pusher',
      hint: `The id of one. It need not have the sender.${inOwnLocale}`,
    },
    { id: 'test-vars', name: 'vars', label: 'Vars, as a JSON object', isLong: true },
  ]
  return formToOpen(c, {
    label: 'Send a test',
    isOpen: test !== undefined,
    path: `${below(TEMPLATES, place.name)}/test`,
    action: 'Send the stored version',
    fields: [
      hiddenPlace(place),
      ...inputs.map((one) => textField({ ...one, value: texts[one.name], problem: test?.problems[one.name] })),
    ],
  })
}

function hiddenPlace({ sender, locale }: Place): Html {
  return html`<input type="hidden" name="sender" value="${sender}" /><input
      type="hidden"
      name="locale"
      value="${locale || DEFAULT}"
    />`
}

function removeButton(c: ConsoleContext, { name, sender, locale }: Place): Html | '' {
  return carefulButton(c, {
    path: `${below(TEMPLATES, name)}/remove`,
    label: 'Remove',
    about: `${sender}, ${locale || DEFAULT}`,
    fields: { sender, locale: locale || DEFAULT },
    question: `The text of ${sender} for ${locale === '' ? 'everybody without a locale of their own' : locale} can no longer be pushed. Pushes that were accepted before are sent with it.`,
  })
}

/** Leads to a text of another sender or locale. */
function addForm(c: ConsoleContext, deps: ConsoleDeps, { name, sender }: Place): Html | '' {
  return formToOpen(c, {
    label: 'Add a locale or a sender',
    path: TEMPLATES,
    action: 'Write it',
    fields: [html`<input type="hidden" name="name" value="${name}" />`, ...placeFields(deps, { sender }, {})],
  })
}
