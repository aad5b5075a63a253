import { html, raw } from 'hono/html'
import type { ConsoleContext } from '../deps.ts'
import type { Html } from './document.ts'
import { linkTo } from './link.ts'

/** Proves that a form comes from a page of this visitor. */
export function hiddenToken(c: ConsoleContext): Html {
  return hiddenField('token', c.get('visitor').formToken)
}

/** What a form says without asking. */
export function hiddenField(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`
}

interface ActionButton {
  path: string
  label: string
  /** What the label leaves open, for those who hear it without the row that it stands in. */
  about?: string
  fields?: Readonly<Record<string, string | undefined>>
  /** The one action of a page that stands out. */
  isMain?: boolean
  /** One of many, beside what they are about: it looks like a link. */
  isPlain?: boolean
}

/** A button that changes something. Viewers have none. */
export function actionButton(c: ConsoleContext, button: ActionButton): Html | '' {
  const { path, label, about, fields = {}, isMain, isPlain } = button
  if (c.get('visitor').role !== 'admin') return ''
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')
  return html`<form method="post" action="${linkTo(c, path)}">
    ${hiddenToken(c)} ${given.map(([name, value = '']) => hiddenField(name, value))}
    <button class="${isMain ? 'main' : isPlain ? 'plain' : ''}">
      ${label}${about && html`<span class="unseen"> ${about}</span>`}
    </button>
  </form>`
}

/** The same for what cannot be undone: it asks first, without a script. */
export function carefulButton(c: ConsoleContext, button: ActionButton & { question: string }): Html | '' {
  if (c.get('visitor').role !== 'admin') return ''
  const { label, about, question } = button
  return html`<details class="opens careful">
    <summary>${label}…${about && html`<span class="unseen"> ${about}</span>`}</summary>
    <div>
      <p>${question}</p>
      ${actionButton(c, button)}
    </div>
  </details>`
}

interface FormToOpen {
  /** What opens it. */
  label: string
  /** It was sent before, and something in it was wrong. */
  isOpen?: boolean
  path: string
  /** What sends it. */
  action: string
  fields: Html | readonly Html[]
}

/** A form that is only seen when it is asked for. Viewers have none. */
export function formToOpen(c: ConsoleContext, { label, isOpen, path, action, fields }: FormToOpen): Html | '' {
  if (c.get('visitor').role !== 'admin') return ''
  return html`<details class="opens" ${isOpen ? raw('open') : ''}>
    <summary>${label}…</summary>
    <form class="fields" method="post" action="${linkTo(c, path)}">
      ${hiddenToken(c)} ${fields}
      <p><button class="main">${action}</button></p>
    </form>
  </details>`
}

/** For a form that filters a page: it replaces the query of the link, and the app with it. */
export function appField(c: ConsoleContext): Html | '' {
  const app = c.get('app')
  return app === c.get('apps')[0] ? '' : hiddenField('app', String(app.id))
}

export interface SwitchField {
  name: string
  label: string
  isOn: boolean
  hint?: string | undefined
}

/** A field that is on or off. A form has it only while it is on. */
export function switchField({ name, label, isOn, hint }: SwitchField): Html {
  return html`<div class="switch">
    <input
      id="${name}"
      name="${name}"
      type="checkbox"
      ${isOn ? raw('checked') : ''}
      ${hint && html`aria-describedby="${name}-hint"`}
    />
    <label for="${name}">${label}</label>
    ${hint && html`<p class="quiet small" id="${name}-hint">${hint}</p>`}
  </div>`
}

export interface SelectField {
  name: string
  label: string
  value?: string | undefined
  /** By value: what each is called. */
  options: ReadonlyMap<string, string>
  /** Default: the name. */
  id?: string
  hint?: string
}

/** A field with a few values to choose from. */
export function selectField({ name, label, value = '', options, id = name, hint }: SelectField): Html {
  return html`<div>
    <label for="${id}">${label}</label>
    <select id="${id}" name="${name}" ${hint && html`aria-describedby="${id}-hint"`}>
      ${Array.from(
        options,
        ([one, text]) => html`<option value="${one}" ${one === value ? raw('selected') : ''}>${text}</option>`,
      )}
    </select>
    ${hint && html`<p class="quiet small" id="${id}-hint">${hint}</p>`}
  </div>`
}

/** Options of a filter by a name. */
export function anyOf(names: Iterable<string>): Map<string, string> {
  return new Map([['', 'any'], ...Array.from(names, (name): [string, string] => [name, name])])
}

export interface TextField {
  name: string
  label: string
  value?: string | undefined
  /** Default: the name. */
  id?: string
  /** What the field offers. */
  choices?: ReadonlySet<string>
  hint?: string
  /** What is wrong with the value. */
  problem?: string | undefined
  /** The page opens with the cursor in it. */
  hasFocus?: boolean
  /** It has several lines. */
  isLong?: boolean
}

/** A field for a name or the like, which browsers leave as it is typed. */
export function textField(field: TextField): Html {
  const { name, label, value = '', id = name, choices = new Set<string>(), hint, problem, hasFocus, isLong } = field
  const list = choices.size > 0 ? `${id}s` : ''
  const about = [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(' ')
  const attributes = html`id="${id}" name="${name}" autocomplete="off" autocapitalize="off" spellcheck="false"
  ${list && html`list="${list}"`} ${about && html`aria-describedby="${about}"`} ${problem && html`aria-invalid="true"`}
  ${hasFocus ? raw('autofocus') : ''}`
  return html`<div>
    <label for="${id}">${label}</label>
    ${isLong ? html`<textarea ${attributes} rows="4">${value}</textarea>` : html`<input ${attributes} value="${value}" />`}
    ${list && html`<datalist id="${list}">${Array.from(choices, (choice) => html`<option value="${choice}"></option>`)}</datalist>`}
    ${problem && html`<p class="problem small" id="${id}-problem">${problem}</p>`}
    ${hint && html`<p class="quiet small" id="${id}-hint">${hint}</p>`}
  </div>`
}
