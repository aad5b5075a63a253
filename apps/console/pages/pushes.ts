import { type DeadGroups, type PushQuery, type PushRecord, pushStates, type PushStateName } from '@carillon/contract'
import { html, raw } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { textIn } from '../view/filter.ts'
import { appField, textField } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { afterOf, olderLink, PAGE } from '../view/more.ts'
import { number } from '../view/number.ts'
import { page } from '../view/page.ts'
import { stateOf } from '../view/state.ts'
import { type Column, table } from '../view/table.ts'
import { ago } from '../view/time.ts'
import { pusherIcon } from './pushers.ts'

export const PUSHES = '/console/pushes'

const filterNames = ['state', 'sender', 'pusher', 'broadcast', 'reason'] as const
type Filter = Partial<Record<(typeof filterNames)[number], string>> & { state?: PushStateName | undefined }

/** Pushes among which a state and a reason are looked for: a page takes as long however many there are. */
const LOOKED_AT = 10_000

/** Letters that are shown of a state that does not exist. */
const LONGEST_SHOWN = 40

/** The newest pushes that a filter in the link selects. */
export function pushesPage({ history }: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const app = c.get('app').id
    const filter = filterOf(c)
    const query: PushQuery = { ...filter, after: afterOf(c), size: PAGE }
    const [pushes, dead] = await Promise.all([history.list(app, query, LOOKED_AT), history.deadGroups(app)])
    const body = html`<h1>Pushes</h1>
      ${unknownState(c)} ${filterForm(c, filter, reasonsIn(dead, filter))}
      ${pushes.length > 0 ? table('Pushes, newest first', pushColumns(c), pushes) : nothing(filter)}
      ${pushes.length < PAGE ? whereItLooked(filter) : ''} ${olderLink(c, PUSHES, pushes, filter)}`
    return c.html(page(c, { title: 'Pushes', section: 'Pushes', isLive: query.after === undefined, body }))
  }
}

/** The columns of a list of pushes. */
export function pushColumns(c: ConsoleContext): Column<PushRecord>[] {
  return [
    { name: 'To', kind: 'main', cell: (push) => pushLink(c, push) },
    { name: 'State', kind: 'state', cell: ({ state }) => stateOf(state) },
    { name: 'Sender', cell: ({ sender }) => html`<span class="name">${sender}</span>` },
    { name: 'Why', kind: 'wide', cell: ({ reason }) => reason },
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

function filterOf(c: ConsoleContext): Filter {
  const given = filterNames.map((name) => [name, textIn(c.req.query(name))] as const)
  const known = given.filter(([name, value]) => value !== undefined && (name !== 'state' || isState(value)))
  return Object.fromEntries(known)
}

function isState(name: string): name is PushStateName {
  return (pushStates as readonly string[]).includes(name)
}

/** What a page says that is filtered by a state that does not exist. */
function unknownState(c: ConsoleContext): Html | '' {
  const state = c.req.query('state') ?? ''
  if (state === '' || isState(state)) return ''
  return html`<p class="notice" role="status">
    There is no state “${state.slice(0, LONGEST_SHOWN)}”, so pushes in all states are shown. The states are
    ${new Intl.ListFormat('en-GB').format(pushStates)}.
  </p>`
}

/** The reasons of dead pushes, to choose one: a reason has to be the same to the last letter. */
function reasonsIn({ groups }: DeadGroups, { sender }: Filter): Set<string> {
  const own = groups.filter((group) => sender === undefined || group.sender === sender)
  return new Set(own.map(({ reason }) => reason))
}

function filterForm(c: ConsoleContext, { state, ...texts }: Filter, reasons: ReadonlySet<string>): Html {
  return html`<form class="filter" action="${PUSHES}" role="search" aria-label="Pushes">
    ${appField(c)}
    <div>
      <label for="state">State</label>
      <select id="state" name="state">
        ${['', ...pushStates].map(
          (one) =>
            html`<option value="${one}" ${one === (state ?? '') ? raw('selected') : ''}>${one || 'any'}</option>`,
        )}
      </select>
    </div>
    ${textField({ name: 'sender', label: 'Sender', value: texts.sender })}
    ${textField({ name: 'pusher', label: 'Pusher', value: texts.pusher })}
    ${textField({ name: 'broadcast', label: 'Broadcast', value: texts.broadcast })}
    ${textField({ name: 'reason', label: 'Reason', value: texts.reason, choices: reasons })}
    <div class="filter-end">
      <button>Show</button>
      ${state !== undefined || Object.keys(texts).length > 0 ? html`<a href="${linkTo(c, PUSHES)}">Show all</a>` : ''}
    </div>
  </form>`
}

/** What a page that is not full leaves open. */
function whereItLooked({ state, reason }: Filter): Html | '' {
  const what = [state !== undefined && 'the state', reason !== undefined && 'the reason'].filter(Boolean).join(' and ')
  if (what === '') return ''
  return html`<p class="quiet small idle">
    The page looked for ${what} among the newest ${number(LOOKED_AT)} pushes that fit the other fields.
  </p>`
}

function nothing(filter: Filter): Html {
  const hint =
    filter.reason === undefined ? '' : ' A reason must be given in full: the field offers those of dead pushes.'
  return html`<p class="quiet">
    ${Object.keys(filter).length > 0 ? `No push fits.${hint}` : 'Nothing was pushed yet.'}
  </p>`
}
