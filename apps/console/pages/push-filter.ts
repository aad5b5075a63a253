import {
  type Category,
  type DeadGroups,
  type PushQuery,
  type PushRecord,
  pushStates,
  type PushStateName,
} from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleContext } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { foldedFilter, isTime, secondsOf, textIn, timeField } from '../view/filter.ts'
import { anyOf, appField, selectField, textField } from '../view/forms.ts'
import { linkTo } from '../view/link.ts'

const timeNames = ['since', 'until'] as const
const filterNames = ['state', 'sender', 'pusher', 'broadcast', 'category', 'reason', ...timeNames] as const
type FilterName = (typeof filterNames)[number]
/** As it stands in a link: times as browsers write them, in UTC. */
export type Filter = Partial<Record<FilterName, string>> & { state?: PushStateName | undefined }

const DAY_S = 86_400

/** Letters that are shown of a state that does not exist. */
const LONGEST_SHOWN = 40

/** What a link filters by. */
export function filterOf(c: ConsoleContext): Filter {
  const given = filterNames.map((name) => [name, textIn(c.req.query(name))] as const)
  return Object.fromEntries(given.filter(([name, value]) => value !== undefined && isKnown(name, value)))
}

function isKnown(name: FilterName, value: string): boolean {
  if (name === 'state') return isState(value)
  return name === 'since' || name === 'until' ? isTime(value) : true
}

export function queryOf({ since, until, ...filter }: Filter): PushQuery {
  return { ...filter, since: secondsOf(since), until: secondsOf(until) }
}

/** To the minute. */
function textOfTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16)
}

function isState(name: string): name is PushStateName {
  return (pushStates as readonly string[]).includes(name)
}

/** What a page says that is filtered by a state that does not exist, or by a time that is none. */
export function notUnderstood(c: ConsoleContext): Html | '' {
  const state = c.req.query('state') ?? ''
  const times = timeNames.map((name) => c.req.query(name) ?? '').filter((text) => text !== '' && !isTime(text))
  const states = new Intl.ListFormat('en-GB').format(pushStates)
  const sentences = [
    ...(state === '' || isState(state)
      ? []
      : [`There is no state ${quoted(state)}, so pushes in all states are shown. The states are ${states}.`]),
    ...times.map((text) => `${quoted(text)} is no time such as 2026-11-29T22:35, so it selects nothing.`),
  ]
  return sentences.length > 0 ? html`<p class="notice" role="status">${sentences.join(' ')}</p>` : ''
}

function quoted(text: string): string {
  return `“${text.slice(0, LONGEST_SHOWN)}”`
}

/** The reasons of dead pushes and of those listed that were skipped, to choose one: it has to be the same to the last letter. */
export function reasonsIn({ groups }: DeadGroups, listed: readonly PushRecord[], { sender }: Filter): Set<string> {
  const dead = groups.filter((group) => sender === undefined || group.sender === sender)
  const skipped = listed.filter(({ state }) => state === 'skipped')
  return new Set([...skipped, ...dead].flatMap(({ reason }) => reason ?? []))
}

interface Choices {
  reasons: ReadonlySet<string>
  categories: readonly Category[]
}

export function filterForm(c: ConsoleContext, filter: Filter, { reasons, categories }: Choices): Html {
  const { state, ...texts } = filter
  const isSet = Object.keys(filter).length > 0
  const form = html`<form class="filter" action="${c.req.path}" role="search" aria-label="Pushes">
    ${appField(c)} ${selectField({ name: 'state', label: 'State', value: state, options: anyOf(pushStates) })}
    ${textField({ name: 'sender', label: 'Sender', value: texts.sender })}
    ${textField({ name: 'pusher', label: 'Pusher', value: texts.pusher })}
    ${textField({ name: 'broadcast', label: 'Broadcast', value: texts.broadcast })} ${categoryField(filter, categories)}
    ${textField({ name: 'reason', label: 'Reason', value: texts.reason, choices: reasons })}
    ${timeField('since', 'Since (UTC)', texts.since)} ${timeField('until', 'Until (UTC)', texts.until)}
    <div class="filter-end">
      <button>Show</button>
      ${timeLinks(c, filter)} ${isSet ? html`<a href="${linkTo(c, c.req.path)}">Show all</a>` : ''}
    </div>
  </form>`
  return foldedFilter(isSet, form)
}

/** Only where there is something to choose. A category that was removed still has pushes. */
function categoryField({ category }: Filter, categories: readonly Category[]): Html | '' {
  const names = new Set([...categories.map(({ name }) => name), ...(category === undefined ? [] : [category])])
  if (names.size === 0) return ''
  return selectField({ name: 'category', label: 'Category', value: category, options: anyOf(names) })
}

/** The times that are asked for most, with the rest of the filter. */
function timeLinks(c: ConsoleContext, filter: Filter): Html {
  const now = Date.now() / 1000
  const link = (since: number) => linkTo(c, c.req.path, { ...filter, since: textOfTime(since), until: undefined })
  return html`<a href="${link(now - 3600)}">Last hour</a> <a href="${link(now - (now % DAY_S))}">Today</a>`
}
