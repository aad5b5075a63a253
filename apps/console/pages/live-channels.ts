import { CarillonError } from '@carillon/contract'
import { impersonal } from '@carillon/core'
import { Refusal } from '@carillon/http'
import { type Connected, isPublic, type OccupiedChannel } from '@carillon/protocol-channels'
import { html } from 'hono/html'
import { audited, backTo } from '../access/changes.ts'
import { refused } from '../access/guard.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { EventFilter } from '../event-buffer.ts'
import type { Html } from '../view/document.ts'
import { emptyEvents } from '../view/events.ts'
import { figures } from '../view/figures.ts'
import { appField, hiddenToken, textField } from '../view/forms.ts'
import { type LinkQuery, linkTo } from '../view/link.ts'
import { countOf, number } from '../view/number.ts'
import { page } from '../view/page.ts'
import { type Column, table } from '../view/table.ts'

export const LIVE_CHANNELS = '/console/live'
export const EVENTS = `${LIVE_CHANNELS}/events`
export const SEND = `${LIVE_CHANNELS}/send`
/** What `data` is in the link to a stream whose data are not masked. */
export const SHOWN = 'shown'

/** Channels that the page describes, and those that it describes with `list=all`. */
const FEW = 6
const MANY = 200
/** Longer than any name. */
const LONGEST = 300

/** An event as it was typed, and why it was refused. */
interface Draft {
  channel: string
  name: string
  data: string
  problem?: string
}

/** What is connected now, the events that pass, and a form that sends one. */
export function liveChannelsPage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => c.html(await show(c, deps))
}

/** Sends the event of the form. What is refused is shown again, with the reason. */
export function sendEvent(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const event = eventIn(c.get('form'))
    try {
      const send = await prepared(c, deps, event)
      await audited(c, deps, { action: 'event.send', target: targetOf(event) }, send)
    } catch (error) {
      const { status, sentence } = deps.describeError(error, `POST ${SEND}`)
      return c.html(await show(c, deps, { ...event, problem: sentence }), status)
    }
    return backTo(c, LIVE_CHANNELS, { notice: 'event-sent' })
  }
}

/** Checks the event, so that what is refused is not in the audit. @returns what sends it */
async function prepared(c: ConsoleContext, { live }: ConsoleDeps, event: Draft): Promise<() => Promise<void>> {
  const channels = await live().catch(notReached)
  try {
    const send = channels.prepare(c.get('app'), event)
    return () => send().catch(notReached)
  } catch (error) {
    throw error instanceof Refusal ? refused(error) : error
  }
}

/** @throws CarillonError `unavailable` */
function notReached(cause: unknown): never {
  const sentence = 'Redis cannot be reached; the event may not have reached everybody.'
  throw new CarillonError('unavailable', sentence, { cause })
}

/** Browsers end the lines of a form with two characters. */
function eventIn(form: URLSearchParams): Draft {
  const [channel = '', name = '', data = ''] = ['channel', 'name', 'data'].map((field) => form.get(field) ?? '')
  return { channel, name, data: data.replaceAll('\r\n', '\n') }
}

/** What the audit names. A channel that is not for everybody may be named after a person, so only its kind is named. */
function targetOf({ channel, name }: Draft): string {
  const kind = /^(?:private-encrypted-|private-|presence-|#server-to-user-|#)/.exec(channel)?.[0] ?? ''
  return `${impersonal(name, '')} on ${isPublic(channel) ? impersonal(channel, '') : `${kind}…`}`
}

/** The filter in the link. */
export function eventFilter(c: ConsoleContext): EventFilter {
  const [channel, event] = ['channel', 'event'].map((name) => c.req.query(name) || undefined)
  return { channel: channel?.slice(0, LONGEST), event: event?.slice(0, LONGEST) }
}

async function show(c: ConsoleContext, deps: ConsoleDeps, draft?: Draft): Promise<Html> {
  const filter = eventFilter(c)
  const query = { ...filter, list: c.req.query('list') === 'all' ? 'all' : undefined }
  const most = query.list ? MANY : FEW
  const connected = await connectedNow(c, deps, { prefix: filter.channel ?? '', most })
  const body = html`${draft?.problem && html`<p class="notice" role="alert">${draft.problem}</p>`}
    <h1>Live</h1>
    <p class="lead">What is connected now, and the events of Pusher Channels as they pass.</p>
    ${connected ? figuresOf(connected) : html`<p class="problem">Redis cannot be reached, so it is unknown what is connected.</p>`}
    <div class="${c.get('visitor').role === 'admin' ? 'beside' : ''}">
      <section aria-labelledby="channels">
        <h2 id="channels">
          Channels${filter.channel && html` that begin with <span class="name">${filter.channel}</span>`}
        </h2>
        ${connected && channelList(c, connected, query)}
      </section>
      ${sendForm(c, draft)}
    </div>
    <section id="stream" aria-labelledby="events" data-keep>
      <h2 id="events">Events</h2>
      ${filterForm(c, filter)}
      <p class="quiet" data-without-script>Events are listed as they pass only with JavaScript.</p>
      ${stream(c, query)}
    </section>`
  const followedAt = linkTo(c, EVENTS, query)
  return page(c, { title: 'Live', section: 'Live', isLive: true, followedAt, body })
}

/** Undefined where Redis cannot be reached, which the log says elsewhere. */
async function connectedNow(
  c: ConsoleContext,
  { live }: ConsoleDeps,
  query: { prefix: string; most: number },
): Promise<Connected | undefined> {
  try {
    return await (await live()).connected(c.get('app').id, query)
  } catch {
    return undefined
  }
}

function figuresOf({ connections, users, occupied, isAll }: Connected): Html {
  return figures([
    { name: 'connections', value: connections },
    { name: 'people signed in', value: users },
    { name: 'channels', value: occupied, suffix: isAll ? '' : '+' },
  ])
}

function channelList(c: ConsoleContext, { channels, fitting, occupied, isAll }: Connected, query: LinkQuery): Html {
  const others = fitting - channels.length
  return html`${
    channels.length > 0
      ? table('Channels, those with the most connections first', columnsFor(channels), channels)
      : html`<p class="quiet">
          ${occupied > 0 ? 'Nobody is on a channel whose name begins like this.' : 'Nobody is on a channel.'}
        </p>`
  }
  ${others > 0 && channels.length < MANY ? html`<p class="older"><a href="${linkTo(c, LIVE_CHANNELS, { ...query, list: 'all' })}">${countOf(others, 'other channel', 'other channels')}</a></p>` : ''}
  ${isAll ? '' : html`<p class="quiet small idle">There are more channels. The page looks at ${number(occupied)} of them.</p>`}`
}

function columnsFor(channels: readonly OccupiedChannel[]): Column<OccupiedChannel>[] {
  const all: Column<OccupiedChannel>[] = [
    { name: 'Channel', kind: 'main', cell: ({ name }) => html`<span class="name">${name}</span>` },
    { name: 'Connections', kind: 'number', cell: ({ subscriptions }) => number(subscriptions) },
    { name: 'People', kind: 'number', cell: ({ members }) => members && number(members.count) },
    { name: 'Who is there', kind: 'words', cell: ({ members }) => members && names(members) },
  ]
  return channels.some(({ members }) => members) ? all : all.slice(0, 2)
}

function names({ count, some }: NonNullable<OccupiedChannel['members']>): string {
  const others = count - some.length
  return `${some.join(', ')}${others > 0 ? ` and ${countOf(others, 'other', 'others')}` : ''}`
}

function filterForm(c: ConsoleContext, { channel, event }: EventFilter): Html {
  return html`<form class="filter" action="${LIVE_CHANNELS}" role="search" aria-label="Events and channels">
    ${appField(c)} ${textField({ name: 'channel', label: 'Channel begins with', value: channel })}
    ${textField({ name: 'event', label: 'Event', value: event })}
    <div class="filter-end">
      <button>Show</button>
      ${channel !== undefined || event !== undefined ? html`<a href="${linkTo(c, LIVE_CHANNELS)}">Show all</a>` : ''}
    </div>
  </form>`
}

/** What a script shows and fills. */
function stream(c: ConsoleContext, query: LinkQuery): Html {
  const isAdmin = c.get('visitor').role === 'admin'
  return html`<div class="stream" hidden>
    <div class="buttons">
      <button type="button" data-pause>Pause</button>
      ${isAdmin ? html`<button type="button" data-follow="${linkTo(c, EVENTS, { ...query, data: SHOWN })}">Show data</button>` : ''}
      <span class="quiet small" role="status"></span>
    </div>
    ${emptyEvents()}
    <p class="quiet">No event has passed since this page was opened.</p>
    <p class="quiet small idle">
      The data of private and presence channels and of messages to people are masked.
      ${isAdmin ? 'Whoever shows them is written down in the audit.' : 'An administrator can show them.'}
    </p>
  </div>`
}

/** It stays as it is while the page is followed. Viewers have none. */
function sendForm(c: ConsoleContext, { channel, name, data }: Draft = { channel: '', name: '', data: '' }): Html | '' {
  if (c.get('visitor').role !== 'admin') return ''
  return html`<section aria-labelledby="send-title">
    <h2 id="send-title">Send an event</h2>
    <form id="send" class="fields" method="post" action="${linkTo(c, SEND)}" data-keep data-in-place>
      ${hiddenToken(c)} ${textField({ id: 'send-channel', name: 'channel', label: 'Channel', value: channel })}
      ${textField({ id: 'send-name', name: 'name', label: 'Event', value: name })}
      ${textField({ id: 'send-data', name: 'data', label: 'Data, JSON or text', value: data, isLong: true })}
      <div><button class="main">Send</button></div>
    </form>
  </section>`
}
