import type { PushRecord } from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { below, linkTo } from '../view/link.ts'
import { afterOf, olderLink, PAGE } from '../view/more.ts'
import { number } from '../view/number.ts'
import { page } from '../view/page.ts'
import { stateOf } from '../view/state.ts'
import { type Column, table } from '../view/table.ts'
import { ago, withTimes } from '../view/time.ts'
import { pusherIcon } from './pushers.ts'
import { type Filter, filterForm, filterOf, notUnderstood, queryOf, reasonsIn } from './push-filter.ts'

export const PUSHES = '/console/pushes'

/** Pushes among which a state, a category and a reason are looked for: a page takes as long however many there are. */
const LOOKED_AT = 10_000

/** The newest pushes that a filter in the link selects. */
export function pushesPage({ history, categories }: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const app = c.get('app').id
    const filter = filterOf(c)
    const query = { ...queryOf(filter), after: afterOf(c), size: PAGE }
    const [pushes, dead, known] = await Promise.all([
      history.list(app, query, LOOKED_AT),
      history.deadGroups(app),
      categories.list(app),
    ])
    const choices = { reasons: reasonsIn(dead, pushes, filter), categories: known }
    const isOver = query.until !== undefined && query.until < Date.now() / 1000
    const body = html`<h1>Pushes</h1>
      ${notUnderstood(c)} ${filterForm(c, filter, choices)}
      ${pushes.length > 0 ? table('Pushes, newest first', pushColumns(c), pushes) : nothing(filter)}
      ${pushes.length < PAGE ? whereItLooked(filter) : ''} ${olderLink(c, PUSHES, pushes, filter)}`
    return c.html(page(c, { title: 'Pushes', section: 'Pushes', isLive: query.after === undefined && !isOver, body }))
  }
}

/** The columns of a list of pushes. */
export function pushColumns(c: ConsoleContext): Column<PushRecord>[] {
  return [
    { name: 'To', kind: 'main', cell: (push) => pushLink(c, push) },
    { name: 'State', kind: 'state', cell: ({ state }) => stateOf(state) },
    { name: 'Sender', cell: ({ sender }) => html`<span class="name">${sender}</span>` },
    { name: 'Why', kind: 'wide', cell: ({ reason }) => reason && withTimes(reason) },
    { name: 'Attempts', kind: 'number', cell: ({ attempt }) => attempt },
    { name: 'Accepted', kind: 'number', cell: ({ acceptedAt }) => ago(acceptedAt) },
  ]
}

function pushLink(c: ConsoleContext, { id, pusher }: PushRecord): Html {
  const link = linkTo(c, below(PUSHES, id))
  return pusher === ''
    ? html`<a href="${link}">Push ${id}</a> <span class="quiet">of a pusher who was removed</span>`
    : html`<a href="${link}">${pusher}</a> ${pusherIcon(c, pusher)}`
}

/** What a page that is not full leaves open. */
function whereItLooked({ state, category, reason }: Filter): Html | '' {
  const unindexed = { 'the state': state, 'the category': category, 'the reason': reason }
  const named = Object.entries(unindexed).flatMap(([what, value]) => (value === undefined ? [] : [what]))
  if (named.length === 0) return ''
  const what = new Intl.ListFormat('en-GB').format(named)
  return html`<p class="quiet small idle">
    Of the pushes that fit the other fields, this page searches the newest ${number(LOOKED_AT)} for ${what}.
  </p>`
}

function nothing(filter: Filter): Html {
  const hint =
    filter.reason === undefined
      ? ''
      : ' A reason must be given in full: the field offers those of dead pushes, and of skipped ones that are listed.'
  return html`<p class="quiet">
    ${Object.keys(filter).length > 0 ? `No push fits.${hint}` : 'Nothing was pushed yet.'}
  </p>`
}
