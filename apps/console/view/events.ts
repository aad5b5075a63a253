import { userOfChannel } from '@carillon/protocol-channels'
import { html } from 'hono/html'
import type { Drained, ListedEvent } from '../event-buffer.ts'
import type { Html } from './document.ts'
import { number } from './number.ts'
import { type Column, table, tableRow } from './table.ts'
import { precisely } from './time.ts'

/** Characters of data that are shown without a click. */
const SHORT = 120

const columns: readonly Column<ListedEvent>[] = [
  { name: 'Event', kind: 'main', cell: ({ event }) => html`<span class="name">${event}</span>` },
  { name: 'Channel', kind: 'words', cell: channelOf },
  { name: 'Data', kind: 'wide', cell: dataOf },
  { name: 'Time', kind: 'number', cell: ({ time }) => precisely(time) },
]

/** A list of events that a script fills. */
export function emptyEvents(): Html {
  return table('Events, newest first', columns, [])
}

/** The rows of events that have passed, newest first. */
export function eventRows({ events, dropped }: Drained): Html {
  const rows = events.toReversed().map((event) => tableRow(columns, event))
  return html`${dropped > 0 ? droppedRow(dropped) : ''}${rows}`
}

function droppedRow(count: number): Html {
  return html`<tr role="row">
    <td role="cell" class="wide quiet" colspan="${columns.length}">+${number(count)} not shown</td>
  </tr>`
}

function channelOf({ channel }: ListedEvent): Html {
  const user = userOfChannel(channel)
  return user === undefined
    ? html`<span class="name">${channel}</span>`
    : html`<span><span class="quiet">to</span> <span class="name">${user}</span></span>`
}

function dataOf({ data, isHidden }: ListedEvent): Html | '' {
  if (data === '') return ''
  const text = html`<code class="data ${isHidden ? 'quiet' : ''}">${data}</code>`
  return data.length <= SHORT && !data.includes('\n')
    ? text
    : html`<details class="data">
        <summary>${text}</summary>
      </details>`
}
