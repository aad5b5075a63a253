import { html } from 'hono/html'
import type { ConsoleContext } from '../deps.ts'
import type { Html } from './document.ts'
import { linkTo } from './link.ts'

/** Proves that a form comes from a page of this visitor. */
export function hiddenToken(c: ConsoleContext): Html {
  return html`<input type="hidden" name="token" value="${c.get('visitor').formToken}" />`
}

interface ActionButton {
  path: string
  label: string
  /** What the label leaves open, for those who hear it without the row that it stands in. */
  about?: string
  fields?: Readonly<Record<string, string | undefined>>
  /** The one action of a page that stands out. */
  isMain?: boolean
}

/** A button that changes something. Viewers have none. */
export function actionButton(c: ConsoleContext, { path, label, about, fields = {}, isMain }: ActionButton): Html | '' {
  if (c.get('visitor').role !== 'admin') return ''
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')
  return html`<form method="post" action="${linkTo(c, path)}">
    ${hiddenToken(c)} ${given.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <button class="${isMain ? 'main' : ''}">${label}${about && html`<span class="unseen"> ${about}</span>`}</button>
  </form>`
}
/** The same for what cannot be undone: it asks first, without a script. */
export function carefulButton(c: ConsoleContext, button: ActionButton & { question: string }): Html | '' {
  if (c.get('visitor').role !== 'admin') return ''
  const { label, about, question } = button
  return html`<details class="careful">
    <summary>${label}…${about && html`<span class="unseen"> ${about}</span>`}</summary>
    <div>
      <p>${question}</p>
      ${actionButton(c, button)}
    </div>
  </details>`
}
