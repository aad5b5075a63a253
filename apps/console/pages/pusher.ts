import {
  CarillonError,
  type Check,
  type Explanation,
  identifier,
  type Pusher,
  type PushRecord,
} from '@carillon/contract'
import { addressesOf } from '@carillon/core'
import { html } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { carefulButton, formToOpen } from '../view/forms.ts'
import { below, linkTo, liveLink } from '../view/link.ts'
import { page } from '../view/page.ts'
import { stateOf, stateOfCheck } from '../view/state.ts'
import { type Column, table } from '../view/table.ts'
import { ago, withTimes } from '../view/time.ts'
import { factsOf, tagsOf } from './pusher-facts.ts'
import { pusherInputs, type Refused, textsOf } from './pusher-form.ts'
import { connectionsOf, placesOf } from './pusher-places.ts'
import { preferencesOf } from './pusher-preferences.ts'
import { obstacleIn, obstacles, sendersOf } from './pusher-senders.ts'
import { PUSHERS } from './pushers.ts'
import { PUSHES } from './pushes.ts'

/** Of the pusher. */
const NEWEST = 10

/** One pusher: how it is reached, and what stands in the way. */
export function pusherPage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => c.html(await showPusher(c, deps, await pusherIn(c, deps)))
}

/** @throws CarillonError `pusher_not_found` */
export async function pusherIn(c: ConsoleContext, { pushers }: ConsoleDeps): Promise<Pusher> {
  const id = idIn(c)
  const [pusher] = await pushers.getMany(c.get('app').id, [id])
  if (!pusher) throw new CarillonError('pusher_not_found', `There is no pusher ${id}.`)
  return pusher
}

/** @throws CarillonError `pusher_not_found` for what cannot be an id. */
export function idIn(c: ConsoleContext): string {
  const { data } = identifier.safeParse(c.req.param('id'))
  if (data === undefined) throw new CarillonError('pusher_not_found', 'There is no such pusher.')
  return data
}

export async function showPusher(
  c: ConsoleContext,
  deps: ConsoleDeps,
  pusher: Pusher,
  refused?: Refused,
): Promise<Html> {
  const [app, { id, nickname }] = [c.get('app').id, pusher]
  const [explanations, addresses, pushes, presence, categories, choices] = await Promise.all([
    deps.core.explainAll(app, { pusher: id, phoneCountry: deps.phoneCountry }),
    addressesOf(deps, app, pusher),
    deps.history.list(app, { pusher: id, size: NEWEST }),
    deps.presenceOf(app, id).catch(() => null),
    deps.categories.list(app),
    deps.preferences.find(app, id),
  ])
  const chosen = choose(pusher, explanations, refused?.sender ?? c.req.query('sender'))
  const message = chosen && (await deps.core.testMessage(chosen.sender))
  const body = html`<p class="above"><a href="${linkTo(c, PUSHERS)}">Pushers</a></p>
    <h1>${nickname || id}</h1>
    ${verdictOn(pusher, explanations)}
    <div class="buttons">${editing(c, pusher, refused)} ${deletion(c, pusher)}</div>
    <div class="beside">
      <div>
        ${sendersOf(c, { pusher, explanations, chosen, message, categories, refused })}
        ${preferencesOf(c, { pusher, categories, choices, chosen: c.req.query('preference') })}
        <section aria-labelledby="newest">
          <h2 id="newest"><a href="${linkTo(c, PUSHES, { pusher: id })}">Newest pushes</a></h2>
          ${pushes.length > 0 ? table('Newest pushes', pushColumns(c), pushes) : html`<p class="quiet small">None.</p>`}
        </section>
      </div>
      <div>
        <section aria-labelledby="places">
          <h2 id="places">Addresses</h2>
          ${placesOf(c, pusher, addresses)}
        </section>
        <section aria-labelledby="connections">
          <h2 id="connections">Live connections</h2>
          ${connectionsOf(presence)}
        </section>
        <section aria-labelledby="facts">
          <h2 id="facts">The pusher</h2>
          ${factsOf(c, pusher)}
        </section>
        <section aria-labelledby="tags">
          <h2 id="tags">Tags</h2>
          ${tagsOf(c, pusher, refused)}
        </section>
      </div>
    </div>`
  const followedAt = liveLink(c, chosen && { sender: chosen.sender })
  return page(c, { title: nickname || id, section: 'Pushers', isLive: refused === undefined, followedAt, body })
}

/** The sender that a link names, or else the first one of the pusher that something stands in the way of. */
function choose(
  { senders }: Pusher,
  explanations: readonly Explanation[],
  named: string | undefined,
): Explanation | undefined {
  const own = explanations.filter(({ sender }) => senders.includes(sender))
  return explanations.find(({ sender }) => sender === named) ?? own.find(({ checks }) => obstacleIn(checks)) ?? own[0]
}

/** What a reader has to know first. */
function verdictOn({ senders }: Pusher, explanations: readonly Explanation[]): Html {
  const own = explanations.filter(({ sender }) => senders.includes(sender))
  const found = own.flatMap(({ sender, checks }) => {
    const check = obstacleIn(checks)
    return check ? [{ sender, ...check }] : []
  })
  const [first] = obstacles.flatMap((worst) => found.filter(({ state }) => state === worst))
  if (own.length === 0)
    return html`<p class="verdict">${stateOfCheck('blocks')} <span>No sender was given, so nothing is sent.</span></p>`
  if (!first) return html`<p class="verdict">${stateOfCheck('ok')} <span>Nothing stands in the way.</span></p>`
  const sentence =
    found.length > 1
      ? `Of ${own.length} senders, ${countedIn(found)}.`
      : html`<span class="name">${first.sender}</span>: ${withTimes(first.sentence)}`
  return html`<p class="verdict whole">${stateOfCheck(first.state)} <span>${sentence}</span></p>`
}

/** `1 is blocked and 2 wait`. */
function countedIn(checks: readonly Check[]): string {
  const words = {
    blocks: ['is blocked', 'are blocked'],
    partly: ['is blocked in part', 'are blocked in part'],
    waits: ['waits', 'wait'],
  } as const
  const parts = obstacles.flatMap((state) => {
    const count = checks.filter((check) => check.state === state).length
    return count > 0 ? [`${count} ${words[state][count === 1 ? 0 : 1]}`] : []
  })
  return new Intl.ListFormat('en').format(parts)
}

function editing(c: ConsoleContext, pusher: Pusher, refused?: Refused): Html | '' {
  const isOpen = refused?.form === 'edit'
  const fields = isOpen ? pusherInputs(refused.texts, refused.problems) : pusherInputs(textsOf(pusher), {})
  return formToOpen(c, { label: 'Edit', isOpen, path: below(PUSHERS, pusher.id, 'edit'), action: 'Save', fields })
}

function deletion(c: ConsoleContext, { id }: Pusher): Html | '' {
  const question =
    'Its addresses are removed, its pending pushes are cancelled, and it is erased from the history. This cannot be undone.'
  return carefulButton(c, { path: below(PUSHERS, id, 'delete'), label: 'Delete', question })
}

function pushColumns(c: ConsoleContext): Column<PushRecord>[] {
  return [
    {
      name: 'Sender',
      kind: 'main',
      cell: ({ id, sender }) => html`<a href="${linkTo(c, below(PUSHES, id))}">${sender}</a>`,
    },
    { name: 'State', kind: 'state', cell: ({ state }) => stateOf(state) },
    { name: 'Why', kind: 'wide', cell: ({ reason }) => reason && withTimes(reason) },
    { name: 'Accepted', kind: 'number', cell: ({ acceptedAt }) => ago(acceptedAt) },
  ]
}
