import { CarillonError, senderName, type SenderStatus } from '@carillon/contract'
import { html } from 'hono/html'
import { changing } from '../access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { actionButton } from '../view/forms.ts'
import { below } from '../view/link.ts'
import { number } from '../view/number.ts'
import { page } from '../view/page.ts'
import { stateOfSender } from '../view/state.ts'
import { type Column, table } from '../view/table.ts'
import { duration } from '../view/time.ts'
import { brokenTransport } from './obstacles.ts'
import { readTraffic, senderTraffic, type Traffic } from './traffic.ts'

export const SENDERS = '/console/senders'

/** Pushes that are counted for each sender: a page takes as long however many wait. */
export const MOST_COUNTED = 2000

/** What each sender has to do, and whether it does it. */
export function sendersPage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const app = c.get('app').id
    const [all, traffic] = await Promise.all([deps.senders.status(app, MOST_COUNTED), readTraffic(deps, app, 'hour')])
    const body = html`<h1>Senders</h1>
      <p class="lead">A paused sender still accepts pushes, which wait until it is resumed.</p>
      ${
        all.length > 0
          ? table('Senders', columnsFor(c, traffic), all)
          : html`<p class="quiet">No worker is running, and nothing waits.</p>`
      }`
    return c.html(page(c, { title: 'Senders', section: 'Senders', isLive: true, body }))
  }
}

function counted(count: number, isPart: boolean | undefined): string {
  return `${number(count)}${isPart && count > 0 ? '+' : ''}`
}

/** What an overview has too. */
export const senderColumns: readonly Column<SenderStatus>[] = [
  { name: 'Sender', kind: 'main', cell: nameAndTransports },
  { name: 'State', kind: 'state', cell: stateOfSender },
  { name: 'Waiting', kind: 'number', cell: ({ waiting, isPart }) => counted(waiting, isPart) },
  { name: 'Oldest waits', kind: 'number', cell: ({ oldestDueAge: age }) => age !== null && duration(age) },
  { name: 'Sending', kind: 'number', cell: ({ active }) => number(active) },
  { name: 'Due later', kind: 'number', cell: ({ delayed, isPart }) => counted(delayed, isPart) },
  { name: 'Workers', kind: 'number', cell: ({ workers }) => number(workers) },
]

/** Below its name: what is wrong, or else by what it sends. */
function nameAndTransports(sender: SenderStatus): Html {
  const line = problemOf(sender) || sender.transports.join(', ')
  return html`<span class="name">${sender.name}</span> ${line && html`<span class="below">${line}</span>`}`
}

/** What is missing to run a sender, that it only writes files, or which of its transports it does not use. */
function problemOf({ workers, missing, outbox, breakers }: SenderStatus): string | null {
  if (workers === 0) return missing
  if (outbox !== null) return `Messages become files: ${outbox}`
  return breakers.map((breaker) => `It ${brokenTransport(breaker)}`).join(' ')
}

function rateOf({ rate }: SenderStatus): string {
  const unit = { 1: 's', 60: 'min', 3600: 'h' }[rate?.seconds ?? 0]
  return rate ? `${number(rate.count)}/${unit ?? `${rate.seconds} s`}` : ''
}

function columnsFor(c: ConsoleContext, traffic: Traffic): Column<SenderStatus>[] {
  return [
    ...senderColumns,
    { name: 'Rate', kind: 'number', cell: rateOf },
    { name: 'Last hour', kind: 'spare', cell: ({ name }) => senderTraffic(traffic, name) },
    { name: 'Actions', kind: 'actions', cell: (sender) => pauseButton(c, sender) },
  ]
}

function pauseButton(c: ConsoleContext, { name, paused }: SenderStatus) {
  const [label, verb] = paused ? ['Resume', 'resume'] : ['Pause', 'pause']
  return actionButton(c, { path: below(SENDERS, name, verb), label, about: name })
}

export function pauseSender(deps: ConsoleDeps) {
  return changing(deps, (c) => ({
    action: 'sender.pause',
    target: nameIn(c),
    page: SENDERS,
    async run() {
      await deps.senders.pause(c.get('app').id, nameIn(c))
      return { notice: 'sender-paused', sender: nameIn(c) }
    },
  }))
}

export function resumeSender(deps: ConsoleDeps) {
  return changing(deps, (c) => ({
    action: 'sender.resume',
    target: nameIn(c),
    page: SENDERS,
    async run() {
      await deps.core.resumeSender(c.get('app').id, nameIn(c))
      return { notice: 'sender-resumed', sender: nameIn(c) }
    },
  }))
}

/** @throws CarillonError `invalid_field` for what cannot be a sender's name. */
function nameIn(c: ConsoleContext): string {
  const name = senderName.safeParse(c.req.param('name'))
  if (!name.success) throw new CarillonError('invalid_field', `The sender's name ${name.error.issues[0]!.message}.`)
  return name.data
}
