import type { DeadGroup, DeadGroups } from '@carillon/contract'
import { replayedTarget, replayTarget } from '@carillon/core'
import { html } from 'hono/html'
import { changing } from '../access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { actionButton, carefulButton } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { countOf, number } from '../view/number.ts'
import { page } from '../view/page.ts'
import { type Column, table } from '../view/table.ts'
import { ago } from '../view/time.ts'
import { PUSHES } from './pushes.ts'

export const DEAD = '/console/dead'
const REPLAY = `${DEAD}/replay`

/** Dead pushes by sender and reason. */
export function deadPage({ history }: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const dead = await history.deadGroups(c.get('app').id)
    const body = html`<h1>Dead pushes</h1>
      ${dead.counted === 0 ? html`<p class="quiet">There are none.</p>` : groupsOf(c, dead)}`
    return c.html(page(c, { title: 'Dead pushes', section: 'Dead', isLive: true, body }))
  }
}

/** Replays the dead pushes of a group, or all. */
export function replayDead(deps: ConsoleDeps) {
  return changing(deps, async (c) => {
    const [sender, reason] = ['sender', 'reason'].map((field) => c.get('form').get(field) ?? undefined)
    const target = await replayTarget(deps, c.get('app').id, { sender, reason })
    return {
      action: 'dead.replay',
      target,
      targetAfter: ({ count = 0 }) => replayedTarget(target, count),
      page: DEAD,
      async run() {
        const { replayed, next } = await deps.core.replayDead(c.get('app').id, { sender, reason })
        return { notice: next === null ? 'dead-replayed' : 'dead-replayed-some', count: replayed }
      },
    }
  })
}

function groupsOf(c: ConsoleContext, { groups, counted, isAll }: DeadGroups): Html {
  const question = `${isAll ? countOf(counted, 'push is', 'pushes are') : 'All of them are'} sent again, with all their retries.`
  return html`<p class="lead">
      ${
        isAll
          ? `${countOf(counted, 'push', 'pushes')} failed for good.`
          : `These are the newest ${number(counted)} pushes that failed for good. There are more.`
      }
      A replay sends them again.
    </p>
    ${table('Dead pushes by sender and reason', columnsFor(c), groups)}
    ${groups.length > 1 ? html`<div class="buttons">${carefulButton(c, { path: REPLAY, label: 'Replay all', question })}</div>` : ''}`
}

function columnsFor(c: ConsoleContext): Column<DeadGroup>[] {
  return [
    { name: 'Reason', kind: 'main', cell: (group) => html`<a href="${linkToGroup(c, group)}">${group.reason}</a>` },
    { name: 'Sender', cell: ({ sender }) => html`<span class="name">${sender}</span>` },
    { name: 'Pushes', kind: 'number', cell: ({ count }) => number(count) },
    { name: 'Newest died', kind: 'number', cell: (group) => newestOf(c, group) },
    {
      name: 'Actions',
      kind: 'actions',
      cell: ({ sender, reason, count }) =>
        actionButton(c, {
          path: REPLAY,
          label: count === 1 ? 'Replay' : `Replay ${number(count)}`,
          fields: { sender, reason },
        }),
    },
  ]
}

/** The push that leads to a person. */
function newestOf(c: ConsoleContext, { newest, newestAt }: DeadGroup): Html {
  return html`<a href="${linkTo(c, below(PUSHES, newest))}">${ago(newestAt)}</a>`
}

/** The list of the pushes in a group. */
function linkToGroup(c: ConsoleContext, { sender, reason }: DeadGroup): string {
  return linkTo(c, PUSHES, { state: 'dead', sender, reason })
}
