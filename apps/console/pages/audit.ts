import type { AuditRecord } from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import { afterOf, olderLink, PAGE } from '../view/more.ts'
import { page } from '../view/page.ts'
import { type Column, table } from '../view/table.ts'
import { exactly } from '../view/time.ts'

const columns: Column<AuditRecord>[] = [
  {
    name: 'What',
    kind: 'main',
    cell: ({ action, failure }) => html`${action}${failure && html` <span class="problem">${failure}</span>`}`,
  },
  { name: 'To what', cell: ({ target }) => target && html`<span class="name">${target}</span>` },
  { name: 'App', cell: ({ app }) => app },
  { name: 'Who', cell: ({ account }) => account },
  { name: 'From where', cell: ({ address }) => address },
  { name: 'When', cell: ({ time }) => exactly(time) },
]

/** Who did what. */
export function auditPage({ audit }: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const entries = await audit.list({ after: afterOf(c), size: PAGE })
    const body = html`<h1>Audit</h1>
      <p class="lead">What was done in the console, newest first.</p>
      ${entries.length > 0 ? table('What was done', columns, entries) : html`<p class="quiet">Nothing yet.</p>`}
      ${olderLink(c, '/console/audit', entries)}`
    return c.html(page(c, { title: 'Audit', section: 'Audit', body }))
  }
}
