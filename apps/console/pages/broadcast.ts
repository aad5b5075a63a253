import {
  type BroadcastRecipient,
  type BroadcastStatus,
  CarillonError,
  DEFERRED,
  identifier,
  type RecipientOutcomeName,
  recipientOutcomes,
} from '@carillon/contract'
import { html, raw } from 'hono/html'
import { changing } from '../access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { facts } from '../view/facts.ts'
import { figures } from '../view/figures.ts'
import { actionButton, carefulButton } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { PAGE } from '../view/more.ts'
import type { Notice } from '../view/notices.ts'
import { number } from '../view/number.ts'
import { page } from '../view/page.ts'
import { progressBar } from '../view/progress.ts'
import { stateOf } from '../view/state.ts'
import { type Column, table } from '../view/table.ts'
import { exactly, withTimes } from '../view/time.ts'
import { audienceOf, BROADCASTS } from './broadcasts.ts'
import { categoryLink } from './categories.ts'
import { PUSHERS } from './pushers.ts'
import { PUSHES } from './pushes.ts'

/** One broadcast and its recipients. */
export function broadcastPage({ broadcasts }: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const [app, name] = [c.get('app').id, nameIn(c)]
    const after = identifier.safeParse(c.req.query('after')).data
    const outcome = recipientOutcomes.find((known) => known === c.req.query('outcome'))
    const broadcast = await broadcasts.status(app, name)
    const recipients = await broadcasts.recipients(app, name, { outcome, after, size: PAGE })
    if (!broadcast || !recipients) throw new CarillonError('broadcast_not_found', `There is no broadcast ${name}.`)
    return c.html(show(c, broadcast, recipients, outcome))
  }
}

function show(
  c: ConsoleContext,
  broadcast: BroadcastStatus,
  recipients: BroadcastRecipient[],
  outcome: RecipientOutcomeName | undefined,
): Html {
  const { name, sender, tag, state } = broadcast
  const last = recipients.length === PAGE && recipients.at(-1)!.pusher
  const body = html`<p class="above"><a href="${linkTo(c, BROADCASTS)}">Broadcasts</a></p>
    <h1>${audienceOf(tag)} by <span class="name">${sender}</span></h1>
    <div class="verdict">${stateOf(state)} ${progressBar(broadcast)}</div>
    <div class="buttons">${actionsFor(c, broadcast)}</div>
    ${figuresOf(c, broadcast)}
    <section aria-labelledby="facts">
      <h2 id="facts">The broadcast</h2>
      ${factsOf(c, broadcast)}
    </section>
    <section aria-labelledby="recipients">
      <div class="heading">
        <h2 id="recipients">Recipients</h2>
        <p class="views">
          ${[undefined, ...recipientOutcomes].map((one) => outcomeLink(c, name, one, one === outcome))}
        </p>
      </div>
      ${
        recipients.length > 0
          ? table('Recipients by their id', recipientColumns(c, broadcast), recipients)
          : html`<p class="quiet">${outcome ? 'Nobody has this outcome.' : 'Nobody has an outcome yet.'}</p>`
      }
      ${last && html`<p class="older"><a href="${linkTo(c, below(BROADCASTS, name), { outcome, after: last })}">More</a></p>`}
    </section>`
  return page(c, { title: 'Broadcast', section: 'Broadcasts', isLive: broadcast.finishedAt === null, body })
}

function actionsFor(c: ConsoleContext, { name, state, pending }: BroadcastStatus): Html | '' {
  if (state === 'done' || state === 'cancelled') return ''
  const path = below(BROADCASTS, name)
  const isPaused = state === 'paused' || state === 'pausing'
  const question = `${pending === null ? 'Whoever' : `The ${number(pending)} recipients who`} did not receive it yet will not. This cannot be undone.`
  return html`${
    isPaused
      ? actionButton(c, { path: `${path}/resume`, label: 'Resume', isMain: true })
      : actionButton(c, { path: `${path}/pause`, label: 'Pause' })
  }
  ${carefulButton(c, { path: `${path}/cancel`, label: 'Cancel', question })}`
}

function figuresOf(c: ConsoleContext, { name, sent, skipped, dead, pending, deferred }: BroadcastStatus): Html {
  const path = below(BROADCASTS, name)
  const waiting = linkTo(c, PUSHES, { broadcast: name, state: 'waiting' })
  return figures([
    { name: 'sent', value: sent, link: sent > 0 && linkTo(c, path, { outcome: 'sent' }) },
    { name: 'skipped', value: skipped, link: skipped > 0 && linkTo(c, path, { outcome: 'skipped' }) },
    { name: 'dead', value: dead, link: dead > 0 && linkTo(c, PUSHES, { broadcast: name, state: 'dead' }) },
    ...(pending === null ? [] : [{ name: notYet(deferred), value: pending, link: deferred > 0 && waiting }]),
  ])
}

function notYet(deferred: number): string {
  return deferred === 0 ? 'not yet' : `not yet, ${number(deferred)} of them deferred`
}

function factsOf(
  c: ConsoleContext,
  { name, category, total, totalIsEstimate, createdAt, startedAt, finishedAt }: BroadcastStatus,
): Html {
  return facts([
    ['Recipients', total !== null && `${totalIsEstimate ? 'about ' : ''}${number(total)}`],
    ['Category', category !== null && categoryLink(c, category)],
    ['Accepted', exactly(createdAt)],
    ['Started', startedAt !== null && exactly(startedAt)],
    ['Ended', finishedAt !== null && exactly(finishedAt)],
    ['Name', html`<span class="name">${name}</span>`],
  ])
}

const choices: Readonly<Record<RecipientOutcomeName, string>> = {
  sent: 'Sent',
  skipped: 'Skipped',
  moved: 'Retried or deferred',
}

function outcomeLink(
  c: ConsoleContext,
  name: string,
  outcome: RecipientOutcomeName | undefined,
  isShown: boolean,
): Html {
  const link = linkTo(c, below(BROADCASTS, name), { outcome })
  return html`<a href="${link}" ${isShown ? raw('aria-current="true"') : ''}>${outcome ? choices[outcome] : 'All'}</a> `
}

/** A recipient who has a push of its own waits for the end of quiet hours, or for another attempt. */
function outcomeOf({ outcome, reason }: BroadcastRecipient): string {
  if (outcome !== 'moved') return outcome
  return reason?.startsWith(DEFERRED) ? 'deferred' : 'retried'
}

function recipientColumns(c: ConsoleContext, { name }: BroadcastStatus): Column<BroadcastRecipient>[] {
  const pushLink = ({ pusher }: BroadcastRecipient) => linkTo(c, PUSHES, { broadcast: name, pusher })
  return [
    {
      name: 'Pusher',
      kind: 'main',
      cell: ({ pusher }) => html`<a href="${linkTo(c, below(PUSHERS, pusher))}">${pusher}</a>`,
    },
    {
      name: 'Outcome',
      kind: 'state',
      cell: (one) =>
        one.outcome === 'moved' ? html`<a href="${pushLink(one)}">${outcomeOf(one)}</a>` : outcomeOf(one),
    },
    {
      name: 'Why',
      kind: 'wide',
      cell: whyOf,
    },
    { name: 'Reported', cell: ({ reports }) => reports.map(({ event }) => event).join(', ') },
    { name: "Provider's id", cell: ({ messageId }) => messageId && html`<span class="name">${messageId}</span>` },
  ]
}

function whyOf({ outcome, reason }: BroadcastRecipient): Html | string | null {
  if (reason) return withTimes(reason)
  return outcome === 'skipped' ? 'no address' : null
}

export function pauseBroadcast(deps: ConsoleDeps) {
  return steering(deps, 'pause', { notice: 'broadcast-paused' }, deps.broadcasts.pause)
}

export function resumeBroadcast(deps: ConsoleDeps) {
  return steering(deps, 'resume', { notice: 'broadcast-resumed' }, deps.core.resumeBroadcast)
}

export function cancelBroadcast(deps: ConsoleDeps) {
  return steering(deps, 'cancel', { notice: 'broadcast-cancelled' }, deps.broadcasts.cancel)
}

function steering(
  deps: ConsoleDeps,
  verb: string,
  notice: Notice,
  steer: (app: number, name: string) => Promise<void>,
) {
  return changing(deps, (c) => ({
    action: `broadcast.${verb}`,
    target: nameIn(c),
    page: below(BROADCASTS, nameIn(c)),
    async run() {
      await steer(c.get('app').id, nameIn(c))
      return notice
    },
  }))
}

/** @throws CarillonError `broadcast_not_found` for what cannot be a name. */
function nameIn(c: ConsoleContext): string {
  const { data } = identifier.safeParse(c.req.param('name'))
  if (data === undefined) throw new CarillonError('broadcast_not_found', 'There is no such broadcast.')
  return data
}
