import { CarillonError, identifier, type Pusher, type PusherList } from '@carillon/contract'
import { html } from 'hono/html'
import { auditName } from '../access/audit-name.ts'
import { changing } from '../access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { field, problemOf, type Problems, type Texts } from '../view/fields.ts'
import { appField, formToOpen } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { PAGE } from '../view/more.ts'
import { countOf, number } from '../view/number.ts'
import { page } from '../view/page.ts'
import { type Column, table } from '../view/table.ts'
import { ago } from '../view/time.ts'
import { pusherInputs, readPusher } from './pusher-form.ts'

export const PUSHERS = '/console/pushers'

/** The newest pushers, or those that a search finds. */
export function pushersPage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => c.html(await show(c, deps))
}

/** Creates a pusher. One that is there already is not touched. */
export function createPusher(deps: ConsoleDeps) {
  return changing(deps, async (c) => {
    const [app, id] = [c.get('app').id, c.get('form').get('pusher') ?? '']
    const { texts, problems, fields } = readPusher(c.get('form'))
    const all = { ...problems, pusher: await problemOfId(deps, app, id) }
    if (Object.values(all).some(Boolean))
      return c.html(await show(c, deps, { texts: { ...texts, pusher: id }, problems: all }), 422)
    return {
      action: 'pusher.create',
      target: auditName(app, id),
      personal: id,
      page: below(PUSHERS, id),
      async run() {
        await deps.pushers.set(app, id, { fields }, true)
        return { notice: 'pusher-created' }
      },
    }
  })
}

async function problemOfId({ pushers }: ConsoleDeps, app: number, id: string): Promise<string | undefined> {
  const { error } = identifier.safeParse(id)
  if (error) return problemOf(error.issues[0]!.message)
  const [there] = await pushers.getMany(app, [id])
  return there && `There is a pusher ${id} already.`
}

interface FilledIn {
  texts: Texts
  problems: Problems
}

async function show(c: ConsoleContext, { pushers }: ConsoleDeps, filledIn?: FilledIn): Promise<Html> {
  const query = c.req.query('q')?.replaceAll('\0', '') ?? ''
  const found = await find(pushers, c.get('app').id, query, identifier.safeParse(c.req.query('after')).data)
  const body = html`<h1>Pushers</h1>
    <p class="lead">The people whom messages are sent to.</p>
    <div class="buttons">${creation(c, filledIn)}</div>
    ${searchForm(c, query)}
    <p class="small" id="found" role="status" data-result>${summaryOf(found, query)}</p>
    <div id="rows" data-result>${rowsOf(c, found, query)}</div>`
  return page(c, { title: 'Pushers', section: 'Pushers', body })
}

/** A page of pushers, or why a query cannot be used. */
type Found = PusherList | { problem: string }

async function find(
  store: ConsoleDeps['pushers'],
  app: number,
  query: string,
  after: string | undefined,
): Promise<Found> {
  const options = { from: 0, size: PAGE, ...(after !== undefined && { after }) }
  if (query.trim() === '') return store.list(app, options)
  try {
    return await store.search(app, asTyped(query), options)
  } catch (error) {
    if (error instanceof CarillonError && error.code === 'bad_query') return { problem: error.message }
    throw error
  }
}

/** Letters and digits, and what holds an address, a phone number or an id together. A word with an operator is none. */
const WORD = /^(?:\+(?=\d))?[\p{L}\p{N}][\p{L}\p{N}\p{M}@.,_'/()-]*$/u

/**
 * The query for what somebody types: of plain words each is the beginning of a word that has to be there, so that what is half
 * typed finds. Anything else is a query of its own.
 */
export function asTyped(text: string): string {
  const words = text.trim().split(/\s+/)
  return words.every((word) => WORD.test(word))
    ? JSON.stringify({ conjuncts: words.map((prefix) => ({ prefix })) })
    : text
}

function searchForm(c: ConsoleContext, query: string): Html {
  return html`<form class="filter" action="${PUSHERS}" role="search" aria-label="Pushers" data-search>
    ${appField(c)}
    <div>
      <label for="q">Name, id, email address, phone number, tag or sender</label>
      <input
        id="q"
        name="q"
        type="search"
        value="${query}"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
      />
    </div>
    <div class="filter-end"><button>Search</button></div>
  </form>`
}

function summaryOf(found: Found, query: string): Html | string {
  if ('problem' in found) return html`<span class="problem">${found.problem}</span>`
  const { total, totalIsEstimate } = found
  if (total === 0) return query.trim() === '' ? 'There are none yet.' : 'No pusher fits.'
  return totalIsEstimate ? `About ${number(total)} pushers` : countOf(total, 'pusher', 'pushers')
}

function rowsOf(c: ConsoleContext, found: Found, query: string): Html | '' {
  if ('problem' in found || found.pushers.length === 0) return ''
  const last = found.pushers.length === PAGE && found.pushers.at(-1)!.id
  return html`${table('Pushers, newest first', columnsFor(c), found.pushers)}
  ${last && html`<p class="older"><a href="${linkTo(c, PUSHERS, { q: query, after: last })}">Older</a></p>`}`
}

function columnsFor(c: ConsoleContext): Column<Pusher>[] {
  return [
    { name: 'Pusher', kind: 'main', cell: (pusher) => nameOf(c, pusher) },
    { name: 'Reached at', kind: 'wide', cell: contactOf },
    { name: 'Tags', kind: 'words', cell: ({ tags }) => tags.join(', ') },
    { name: 'Senders', kind: 'words', cell: ({ senders }) => senders.join(', ') },
    { name: 'Created', kind: 'number', cell: ({ createdAt }) => ago(createdAt) },
  ]
}

function nameOf(c: ConsoleContext, { id, nickname }: Pusher): Html {
  const link = html`<a href="${linkTo(c, below(PUSHERS, id))}">${id}</a>`
  return nickname === '' || nickname.toLowerCase() === id.toLowerCase()
    ? link
    : html`${link} <span class="below">${nickname}</span>`
}

/** A small link to a pusher, beside its id where that leads elsewhere. */
export function pusherIcon(c: ConsoleContext, id: string): Html {
  return html`<a class="person" href="${linkTo(c, below(PUSHERS, id))}" title="The pusher ${id}">
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d="M8 8a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-7 7a7 5.5 0 0 1 14 0Z" />
    </svg>
    <span class="unseen">The pusher ${id}</span>
  </a>`
}

function contactOf({ email, phoneNumber }: Pusher): Html | '' {
  if (email === '' || phoneNumber === '') return html`${email || phoneNumber}`
  return html`${email}<br />${phoneNumber}`
}

function creation(c: ConsoleContext, filledIn?: FilledIn): Html | '' {
  const { texts = {}, problems = {} } = filledIn ?? {}
  const id = { name: 'pusher', label: 'Id', hint: 'By which your application knows the person. It cannot be changed.' }
  return formToOpen(c, {
    label: 'New pusher',
    isOpen: filledIn !== undefined,
    path: PUSHERS,
    action: 'Create',
    fields: [field(id, texts, problems), ...pusherInputs(texts, problems)],
  })
}
