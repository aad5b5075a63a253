import type { BroadcastStatus } from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { below, linkTo } from '../view/link.ts'
import { number } from '../view/number.ts'
import { page } from '../view/page.ts'
import { progressBar } from '../view/progress.ts'
import { stateOf } from '../view/state.ts'
import { type Column, table } from '../view/table.ts'
import { ago } from '../view/time.ts'

export const BROADCASTS = '/console/broadcasts'

/** As many as the API lists: those that run are counted anew each time. */
const SIZE = 20

/** The newest broadcasts, with their progress. */
export function broadcastsPage({ broadcasts }: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const after = /^\d{1,18}$/.exec(c.req.query('after') ?? '')?.[0]
    const list = await broadcasts.list(c.get('app').id, { after, size: SIZE })
    const older = list.length === SIZE && linkTo(c, BROADCASTS, { after: list.at(-1)!.id })
    const body = html`<h1>Broadcasts</h1>
      ${
        list.length > 0
          ? table('Broadcasts, newest first', broadcastColumns(c), list)
          : html`<p class="quiet">There are none yet.</p>`
      }
      ${older && html`<p class="older"><a href="${older}">Older</a></p>`}`
    return c.html(page(c, { title: 'Broadcasts', section: 'Broadcasts', isLive: true, body }))
  }
}

/** The columns of a list of broadcasts. */
export function broadcastColumns(c: ConsoleContext): Column<BroadcastStatus>[] {
  return [
    { name: 'To', kind: 'main', cell: (broadcast) => broadcastLink(c, broadcast) },
    { name: 'State', kind: 'state', cell: ({ state }) => stateOf(state) },
    { name: 'Progress', kind: 'wide', cell: progressBar },
    { name: 'Sent', kind: 'number', cell: ({ sent }) => number(sent) },
    { name: 'Skipped', kind: 'number', cell: ({ skipped }) => number(skipped) },
    { name: 'Dead', kind: 'number', cell: ({ dead }) => number(dead) },
    { name: 'Accepted', kind: 'number', cell: ({ createdAt }) => ago(createdAt) },
  ]
}

/** Whom a broadcast goes to. */
export function audienceOf(tag: string): string {
  return tag === '' ? 'Everybody' : `Everybody tagged ${tag}`
}

/** Its name is a hash that says nothing: whom it goes to does. */
function broadcastLink(c: ConsoleContext, { name, sender, tag }: BroadcastStatus): Html {
  return html`<a href="${linkTo(c, below(BROADCASTS, name))}">${audienceOf(tag)}</a> <span class="quiet">by</span>
    <span class="name">${sender}</span>`
}
