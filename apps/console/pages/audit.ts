import type { AuditQuery, AuditRecord } from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { foldedFilter, isTime, secondsOf, textIn, timeField } from '../view/filter.ts'
import { anyOf, appField, selectField, textField } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { afterOf, olderLink, PAGE } from '../view/more.ts'
import { page } from '../view/page.ts'
import { type Column, table } from '../view/table.ts'
import { exactly } from '../view/time.ts'
import { PUSHES } from './pushes.ts'

const AUDIT = '/console/audit'

const filterNames = ['account', 'action', 'since', 'until'] as const
type FilterName = (typeof filterNames)[number]
/** As it stands in a link: times as browsers write them, in UTC. */
type Filter = Partial<Record<FilterName, string>>

/** Who did what. */
export function auditPage({ audit }: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const filter = filterOf(c)
    const [entries, names] = await Promise.all([
      audit.list({ ...queryOf(filter), after: afterOf(c), size: PAGE }),
      audit.names(),
    ])
    const isFiltered = Object.keys(filter).length > 0
    const body = html`<h1>Audit</h1>
      <p class="lead">What was done in the console, over the API and by <code>carillon app</code>, newest first.</p>
      ${names.actions.length > 0 ? filterForm(c, filter, names) : ''}
      ${
        entries.length > 0
          ? table('What was done', columnsFor(c), entries)
          : html`<p class="quiet">${isFiltered ? 'No entry fits.' : 'Nothing yet.'}</p>`
      }
      ${olderLink(c, AUDIT, entries, filter)}`
    return c.html(page(c, { title: 'Audit', section: 'Audit', body }))
  }
}

function columnsFor(c: ConsoleContext): Column<AuditRecord>[] {
  return [
    { name: 'What', kind: 'main', cell: ({ action }) => action },
    { name: 'To what', kind: 'wide', cell: (entry) => outcomeOf(c, entry) },
    { name: 'App', cell: ({ app }) => app },
    { name: 'Who', kind: 'words', cell: ({ account }) => account },
    { name: 'From where', kind: 'words', cell: ({ address }) => address },
    { name: 'When', cell: ({ time }) => exactly(time) },
  ]
}

/** What was done to what, and why it failed. */
function outcomeOf(c: ConsoleContext, entry: AuditRecord): Html | string {
  const target = targetOf(c, entry)
  return entry.failure === null
    ? target
    : html`<div>
        ${target}
        <p class="problem">${entry.failure}</p>
      </div>`
}

/** A push is named as one, with a link if the page can show it. A call that cancelled none names its sender. */
function targetOf(c: ConsoleContext, { action, target, app }: AuditRecord): Html | string {
  if (!/^(?:push|message)\./.test(action) || !/^\d+$/.test(target)) return target
  return app === c.get('app').id
    ? html`<a href="${linkTo(c, below(PUSHES, target))}">push ${target}</a>`
    : `push ${target}`
}

function filterOf(c: ConsoleContext): Filter {
  const given = filterNames.map((name) => [name, textIn(c.req.query(name))] as const)
  return Object.fromEntries(given.filter(([name, value]) => value !== undefined && isKnown(name, value)))
}

function isKnown(name: FilterName, value: string): boolean {
  return name === 'since' || name === 'until' ? isTime(value) : true
}

function queryOf({ account, action, since, until }: Filter): AuditQuery {
  return { account, action, since: secondsOf(since), until: secondsOf(until) }
}

function filterForm(
  c: ConsoleContext,
  filter: Filter,
  { accounts, actions }: { accounts: readonly string[]; actions: readonly string[] },
): Html {
  const isSet = Object.keys(filter).length > 0
  const form = html`<form class="filter" action="${AUDIT}" role="search" aria-label="Audit">
    ${appField(c)} ${textField({ name: 'account', label: 'Who', value: filter.account, choices: new Set(accounts) })}
    ${actionChoice(filter.action, actions)} ${timeField('since', 'Since (UTC)', filter.since)}
    ${timeField('until', 'Until (UTC)', filter.until)}
    <div class="filter-end">
      <button>Show</button>
      ${isSet ? html`<a href="${linkTo(c, AUDIT)}">Show all</a>` : ''}
    </div>
  </form>`
  return foldedFilter(isSet, form)
}

/** An action of which there is no entry is offered too where the link names it. */
function actionChoice(chosen: string | undefined, actions: readonly string[]): Html {
  const names = new Set([...actions, ...(chosen === undefined ? [] : [chosen])])
  return selectField({ name: 'action', label: 'What', value: chosen, options: anyOf(names) })
}
