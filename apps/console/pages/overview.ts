import type { BroadcastStatus, SenderStatus } from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { figures } from '../view/figures.ts'
import { linkTo } from '../view/link.ts'
import { page } from '../view/page.ts'
import { table } from '../view/table.ts'
import { BROADCASTS, broadcastColumns } from './broadcasts.ts'
import { DEAD } from './dead.ts'
import { type Obstacle, obstaclesIn, type Situation, verdictOn } from './obstacles.ts'
import { pushColumns, PUSHES } from './pushes.ts'
import { MOST_COUNTED, senderColumns, SENDERS } from './senders.ts'
import { rangeIn, readTraffic, trafficCharts } from './traffic.ts'

const DAY_S = 86_400
const NEWEST = 8
const BROADCASTS_LOOKED_AT = 5

/** Is it healthy, and what stands in the way? */
export function overviewPage(deps: ConsoleDeps) {
  const { senders, broadcasts, history } = deps
  return async (c: ConsoleContext): Promise<Response> => {
    const app = c.get('app').id
    const [status, newest, dead, pushes, traffic] = await Promise.all([
      senders.status(app, MOST_COUNTED),
      broadcasts.list(app, { size: BROADCASTS_LOOKED_AT }),
      history.deadGroups(app, Date.now() / 1000 - DAY_S),
      history.list(app, { size: NEWEST }),
      readTraffic(deps, app, rangeIn(c)),
    ])
    const situation = { senders: status, broadcasts: newest.filter(isOpen), dead }
    const obstacles = obstaclesIn(situation)
    const body = html`<h1>${verdictOn(situation, obstacles)}</h1>
      ${obstacleList(c, obstacles)} ${figuresOf(c, situation)} ${trafficCharts(c, traffic, pushes)}
      <section aria-labelledby="senders">
        <h2 id="senders"><a href="${linkTo(c, SENDERS)}">Senders</a></h2>
        ${senderTable(status)}
      </section>
      ${openBroadcasts(c, situation.broadcasts)}
      <section aria-labelledby="pushes">
        <h2 id="pushes"><a href="${linkTo(c, PUSHES)}">Newest pushes</a></h2>
        ${
          pushes.length > 0
            ? table('Newest pushes', pushColumns(c), pushes)
            : html`<p class="quiet">Nothing was pushed yet. <a href="/docs">The API's first calls</a> show how.</p>`
        }
      </section>`
    return c.html(page(c, { title: 'Overview', section: 'Overview', isLive: true, body }))
  }
}

function isOpen({ finishedAt }: BroadcastStatus): boolean {
  return finishedAt === null
}

function obstacleList(c: ConsoleContext, obstacles: readonly Obstacle[]): Html | '' {
  if (obstacles.length === 0) return ''
  return html`<ul class="obstacles">
    ${obstacles.map(({ subject, sentence, at }) => {
      const [path, label] = places[at]
      return html`<li>
        ${subject && html`<strong>${subject}</strong>`} ${sentence} <a href="${linkTo(c, path)}">${label}</a>
      </li>`
    })}
  </ul>`
}

const places: Readonly<Record<Obstacle['at'], [path: string, label: string]>> = {
  senders: [SENDERS, 'See the senders'],
  dead: [DEAD, 'See the dead pushes'],
  broadcasts: [BROADCASTS, 'See the broadcasts'],
}

function figuresOf(c: ConsoleContext, { senders, broadcasts, dead }: Situation): Html {
  const sum = (of: 'waiting' | 'active' | 'delayed') => senders.reduce((all, sender) => all + sender[of], 0)
  const more = senders.some(({ isPart }) => isPart) ? '+' : ''
  return figures([
    { name: 'waiting', value: sum('waiting'), suffix: more, link: linkTo(c, PUSHES, { state: 'waiting' }) },
    { name: 'being sent', value: sum('active'), link: linkTo(c, PUSHES, { state: 'sending' }) },
    { name: 'due later', value: sum('delayed') },
    { name: 'open broadcasts', value: broadcasts.length, link: linkTo(c, BROADCASTS) },
    { name: 'dead in the last day', value: dead.counted, suffix: dead.isAll ? '' : '+', link: linkTo(c, DEAD) },
  ])
}

/** Senders that have something to do. The others are named only. */
function senderTable(status: readonly SenderStatus[]): Html {
  if (status.length === 0) return html`<p class="quiet">No worker is running, and nothing waits.</p>`
  const busy = status.filter(isBusy)
  const idle = Map.groupBy(
    status.filter((sender) => !isBusy(sender)),
    ({ workers }) => (workers > 0 ? 'Ready, with nothing to do' : 'Not configured, with nothing to do'),
  )
  return html`${busy.length > 0 ? table('Senders', senderColumns, busy) : ''}
  ${Array.from(idle, ([what, those]) => {
    const names = those.map(({ name }) => name).join(', ')
    return html`<p class="quiet small idle">${what}: <span class="name">${names}</span></p>`
  })}`
}

function isBusy({ paused, breakers, waiting, active, delayed }: SenderStatus): boolean {
  return paused || breakers.length > 0 || waiting + active + delayed > 0
}

function openBroadcasts(c: ConsoleContext, broadcasts: readonly BroadcastStatus[]): Html | '' {
  if (broadcasts.length === 0) return ''
  return html`<section aria-labelledby="broadcasts">
    <h2 id="broadcasts"><a href="${linkTo(c, BROADCASTS)}">Open broadcasts</a></h2>
    ${table('Open broadcasts', broadcastColumns(c), broadcasts)}
  </section>`
}
