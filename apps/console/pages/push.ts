import { CarillonError, type Check, type PushHistory } from '@carillon/contract'
import { html } from 'hono/html'
import { audited, changing } from '../access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { facts } from '../view/facts.ts'
import { actionButton, carefulButton } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { page } from '../view/page.ts'
import { stateOf } from '../view/state.ts'
import { exactly, withTimes } from '../view/time.ts'
import { timeline } from '../view/timeline.ts'
import { BROADCASTS } from './broadcasts.ts'
import { categoryLink } from './categories.ts'
import { PUSHERS } from './pushers.ts'
import { type Message, messageBox, messageOf } from './message.ts'
import { PUSHES } from './pushes.ts'

/** Everything about one push. Its message is masked. */
export function pushPage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const push = await pushIn(c, deps)
    return c.html(await show(c, deps, { push, message: await messageOf(c, deps, push), isMasked: true }))
  }
}

/** The same with its message, for an administrator who asks for it. That they did is written down. */
export function readMessage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const push = await pushIn(c, deps)
    const message = await audited(c, deps, { action: 'message.read', target: push.id }, () => messageOf(c, deps, push))
    return c.html(await show(c, deps, { push, message, isMasked: message === null }))
  }
}

export function replayPush(deps: ConsoleDeps) {
  return changing(deps, (c) => ({
    action: 'push.replay',
    target: idIn(c),
    page: below(PUSHES, idIn(c)),
    async run() {
      await deps.core.replay(c.get('app').id, idIn(c))
      return { notice: 'push-replayed' }
    },
  }))
}

export function cancelPush(deps: ConsoleDeps) {
  return changing(deps, async (c) => {
    const { id, sender, name, state } = await pushIn(c, deps)
    return {
      action: 'push.cancel',
      target: id,
      page: below(PUSHES, id),
      async run() {
        // Another push may have the name by now.
        if (state !== 'waiting') throw new CarillonError('conflict', `The push ${id} does not wait: it is ${state}.`)
        await deps.core.cancel(c.get('app').id, sender, name)
        return { notice: 'push-cancelled' }
      },
    }
  })
}

interface Shown {
  push: PushHistory
  message: Message | null
  isMasked: boolean
}

async function show(c: ConsoleContext, deps: ConsoleDeps, { push, message, isMasked }: Shown): Promise<Html> {
  const { id, sender, pusher, state, reason } = push
  const to = pusher === '' ? 'a pusher who was removed' : pusher
  const body = html`<p class="above"><a href="${linkTo(c, PUSHES)}">Pushes</a></p>
    <h1><span class="name">${sender}</span> to ${to}</h1>
    <p class="verdict">${stateOf(state)} ${reason && html`<span>${withTimes(reason)}</span>`}</p>
    <div class="buttons">${actionsFor(c, push)}</div>
    ${await warningOf(c, deps, push)}
    <div class="beside">
      <section aria-labelledby="timeline">
        <h2 id="timeline">What happened</h2>
        ${timeline(push.timeline)}
      </section>
      <div>
        <section aria-labelledby="facts">
          <h2 id="facts">The push</h2>
          ${factsOf(c, push)}
        </section>
        <section aria-labelledby="message">
          <h2 id="message">Its message</h2>
          ${messageBox(c, push, message, isMasked)}
        </section>
      </div>
    </div>`
  return page(c, { title: `Push ${id}`, section: 'Pushes', isLive: isMasked, body })
}

function actionsFor(c: ConsoleContext, { id, state }: PushHistory): Html | '' {
  const path = below(PUSHES, id)
  if (state === 'dead') return actionButton(c, { path: `${path}/replay`, label: 'Replay', isMain: true })
  if (state !== 'waiting') return ''
  const question = 'It will not be sent. This cannot be undone.'
  return carefulButton(c, { path: `${path}/cancel`, label: 'Cancel', question })
}

const ofAddress: ReadonlySet<Check['check']> = new Set(['address', 'addressBlock'])

/** Beside a replay that would fail again, because the pusher has no address that takes messages. */
async function warningOf(
  c: ConsoleContext,
  { core, phoneCountry }: ConsoleDeps,
  { state, pusher, sender }: PushHistory,
): Promise<Html | ''> {
  if (state !== 'dead' || pusher === '' || c.get('visitor').role !== 'admin') return ''
  const { checks } = await core.explain(c.get('app').id, { pusher, sender, phoneCountry })
  const obstacle = checks.find((one) => ofAddress.has(one.check) && one.state === 'blocks')
  if (!obstacle) return ''
  return html`<p class="quiet small idle">
    A replay fails again as long as this is so: ${obstacle.sentence}
    <a href="${linkTo(c, below(PUSHERS, pusher), { sender })}">See the pusher</a>
  </p>`
}

function factsOf(c: ConsoleContext, push: PushHistory): Html {
  const { id, pusher, broadcast, category, name, attempt, failures, acceptedAt, dueAt, finishedAt, messageId, state } =
    push
  return facts([
    ['Id', html`<span class="name">${id}</span>`],
    ['Pusher', pusher && html`<a href="${linkTo(c, below(PUSHERS, pusher))}">${pusher}</a>`],
    [
      'Broadcast',
      broadcast && html`<a class="name" href="${linkTo(c, below(BROADCASTS, broadcast))}">${broadcast}</a>`,
    ],
    ['Category', category !== null && categoryLink(c, category)],
    ['Accepted', exactly(acceptedAt)],
    ['Due', state === 'waiting' && exactly(dueAt)],
    ['Ended', finishedAt !== null && exactly(finishedAt)],
    ['Attempts', failures > 0 ? `${attempt}, of which ${failures} failed` : attempt],
    ["Provider's id", messageId && html`<span class="name">${messageId}</span>`],
    ['Name', html`<span class="name">${name}</span>`],
  ])
}

async function pushIn(c: ConsoleContext, { history }: ConsoleDeps): Promise<PushHistory> {
  const push = await history.find(c.get('app').id, idIn(c))
  if (!push) throw noPush(idIn(c))
  return push
}

/** Ids are 64 bits wide; none of 19 digits was ever given. @throws CarillonError `push_not_found` */
function idIn(c: ConsoleContext): string {
  const id = c.req.param('id') ?? ''
  if (!/^[1-9]\d{0,17}$/.test(id)) throw noPush(id)
  return id
}

function noPush(id: string): CarillonError {
  return new CarillonError('push_not_found', `There is no push ${id}.`)
}
