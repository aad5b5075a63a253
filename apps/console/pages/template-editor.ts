import { PARTIAL } from '@carillon/contract'
import { html, raw } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import type { Problems } from '../view/fields.ts'
import { appField, hiddenField, hiddenToken, switchField, textField } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import type { Edit } from './template-edit.ts'
import { type EditorField, editorFields, linesOf } from './template-fields.ts'
import { previewBox, type Shown } from './template-preview.ts'
import { hiddenPlace } from './template-forms.ts'
import { TEMPLATES } from './templates.ts'

/** The fields, and beside them what they make. A viewer may change only whom the preview is for. */
export async function editor(
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
    ${isAdmin ? hiddenToken(c) : appField(c)} ${hiddenPlace(place)} ${isAdmin ? hiddenField('from', from) : ''}
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
          ${switchField({ name: 'strict', label: 'Refuse pushes that lack a name of vars', isOn: strict })}`
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
