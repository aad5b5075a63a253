import type { AuditRecord } from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { below, linkTo } from '../view/link.ts'
import { afterOf, olderLink, PAGE } from '../view/more.ts'
import { page } from '../view/page.ts'
import { type Column, table } from '../view/table.ts'
import { exactly } from '../view/time.ts'
import { PUSHES } from './pushes.ts'

function columnsFor(c: ConsoleContext): Column<AuditRecord>[] {
  return [
    {
      name: 'What',
      kind: 'main',
      cell: ({ action, failure }) => html`${action}${failure && html` <span class="problem">${failure}</span>`}`,
    },
    { name: 'To what', kind: 'wide', cell: (entry) => targetOf(c, entry) },
    { name: 'App', cell: ({ app }) => app },
    { name: 'Who', kind: 'words', cell: ({ account }) => account },
    { name: 'From where', kind: 'words', cell: ({ address }) => address },
    { name: 'When', cell: ({ time }) => exactly(time) },
  ]
}

/** A push is named as one, with a link if the page can show it. */
function targetOf(c: ConsoleContext, { action, target, app }: AuditRecord): Html | string {
  if (!/^(?:push|message)\./.test(action)) return target
  return app === c.get('app').id
    ? html`<a href="${linkTo(c, below(PUSHES, target))}">push ${target}</a>`
    : `push ${target}`
}

/** Who did what. */
export function auditPage({ audit }: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const entries = await audit.list({ after: afterOf(c), size: PAGE })
    const body = html`<h1>Audit</h1>
      <p class="lead">What was done in the console, newest first.</p>
      ${entries.length > 0 ? table('What was done', columnsFor(c), entries) : html`<p class="quiet">Nothing yet.</p>`}
      ${olderLink(c, '/console/audit', entries)}`
    return c.html(page(c, { title: 'Audit', section: 'Audit', body }))
  }
}
