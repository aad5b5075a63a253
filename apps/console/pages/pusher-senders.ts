import type { Category, Check, Explanation, Pusher } from '@carillon/contract'
import { html, raw } from 'hono/html'
import type { ConsoleContext } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { field } from '../view/fields.ts'
import { actionButton, formToOpen, hiddenField, selectField } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { stateOfCheck } from '../view/state.ts'
import { type Column, table } from '../view/table.ts'
import { withTimes } from '../view/time.ts'
import type { Refused } from './pusher-form.ts'
import { PUSHERS } from './pushers.ts'
import { PUSHES } from './pushes.ts'
import { SENDERS } from './senders.ts'

interface SendersOfPusher {
  pusher: Pusher
  explanations: readonly Explanation[]
  /** The one whose checks are shown. */
  chosen: Explanation | undefined
  /** A small message for the chosen one. */
  message: string | undefined
  /** Those that a test can be of. */
  categories: readonly Category[]
  refused: Refused | undefined
}

/** The senders of a pusher with what stands in the way of each, and every check of one of them. */
export function sendersOf(c: ConsoleContext, shown: SendersOfPusher): Html {
  const { pusher, explanations, chosen, refused } = shown
  const [own, others] = [true, false].map((has) =>
    explanations.filter(({ sender }) => pusher.senders.includes(sender) === has),
  ) as [Explanation[], Explanation[]]
  const link = (one: Explanation) => senderLink(c, pusher, one, one === chosen)
  return html`<section aria-labelledby="senders">
      <h2 id="senders">Senders</h2>
      ${own.length > 0 ? table('Senders', columnsFor(link), own) : ''} ${notGiven(others.map(link))}
      <div class="buttons">${giving(c, pusher, refused)}</div>
    </section>
    ${
      chosen
        ? html`<section aria-labelledby="checks">
            <h2 id="checks"><span class="name">${chosen.sender}</span>, step by step</h2>
            ${checkList(c, chosen)}
            <div class="buttons">${actionsFor(c, shown, chosen)}</div>
          </section>`
        : ''
    }`
}

/** From what stops everything to what stops a part, and what passes by itself. */
export const obstacles = ['blocks', 'partly', 'waits'] as const

/** What most stands in the way. */
export function obstacleIn(checks: readonly Check[]): Check | undefined {
  return obstacles.flatMap((worst) => checks.find(({ state }) => state === worst) ?? [])[0]
}

function senderLink(c: ConsoleContext, { id }: Pusher, { sender }: Explanation, isChosen: boolean): Html {
  return html`<a
    href="${linkTo(c, below(PUSHERS, id), { sender })}#checks"
    ${isChosen ? raw('aria-current="true"') : ''}
    >${sender}</a
  >`
}

function columnsFor(link: (one: Explanation) => Html): Column<Explanation>[] {
  return [
    { name: 'Sender', kind: 'main', cell: link },
    { name: 'State', kind: 'state', cell: ({ checks }) => stateOfCheck(obstacleIn(checks)?.state ?? 'ok') },
    { name: 'Why', kind: 'wide', cell: ({ checks }) => whyNot(checks) },
  ]
}

function whyNot(checks: readonly Check[]): Html | '' {
  const obstacle = obstacleIn(checks)
  return obstacle ? withTimes(obstacle.sentence) : ''
}

function notGiven(links: readonly Html[]): Html | '' {
  if (links.length === 0) return ''
  return html`<p class="quiet small idle">Not given: ${links.map((link, at) => html`${at > 0 ? ', ' : ''}${link}`)}</p>`
}

/** Tests are for a sender that the pusher has: others accept no push. */
function actionsFor(c: ConsoleContext, shown: SendersOfPusher, { sender }: Explanation): Html | '' {
  const { id, senders } = shown.pusher
  const path = (verb: string) => below(PUSHERS, id, 'senders', verb)
  const change = { about: sender, fields: { sender } }
  if (!senders.includes(sender)) return actionButton(c, { path: path('give'), label: 'Give', ...change, isMain: true })
  return html`${testing(c, shown, sender)} ${actionButton(c, { path: path('take'), label: 'Take away', ...change })}`
}

/** For a sender that no worker runs yet. */
function giving(c: ConsoleContext, { id }: Pusher, refused?: Refused): Html | '' {
  const isOpen = refused?.form === 'sender'
  return formToOpen(c, {
    label: 'Give a sender by its name',
    isOpen,
    path: below(PUSHERS, id, 'senders', 'give'),
    action: 'Give',
    fields: field({ name: 'sender', label: 'Sender' }, isOpen ? refused.texts : {}, isOpen ? refused.problems : {}),
  })
}

/** Every check in the order in which a push meets them. */
function checkList(c: ConsoleContext, { checks }: Explanation): Html {
  return html`<ol class="checks">
    ${checks.map(
      (check) =>
        html`<li>
          ${stateOfCheck(check.state)}
          <div>
            <p>${withTimes(check.sentence)} ${placeOf(c, check)}</p>
            ${actionOf(c, check)}
          </div>
        </li>`,
    )}
  </ol>`
}

const ofSender: ReadonlySet<Check['check']> = new Set(['configured', 'paused', 'worker', 'rate', 'breaker'])

/** Where to see more of it, and to do something about it. */
function placeOf(c: ConsoleContext, { check, state, push }: Check): Html | '' {
  if (push !== undefined) return html`<a href="${linkTo(c, below(PUSHES, push))}">See the push</a>`
  if (state === 'ok') return ''
  if (check === 'addressBlock') return html`<a href="#places">See the addresses</a>`
  return ofSender.has(check) ? html`<a href="${linkTo(c, SENDERS)}">See the senders</a>` : ''
}

/** Commands and calls for what a button of the console does. */
const DONE_HERE = /: (?:carillon (?:dead|suppression) |POST \/(?:pusher|v1\/(?:senders|broadcasts))\/)/

/** What to do about it. What a button does needs no command, and is not for viewers, who have no buttons. */
function actionOf(c: ConsoleContext, { action = '' }: Check): Html | '' {
  const [words, command] = action.split(DONE_HERE)
  if (action === '' || (command !== undefined && c.get('visitor').role !== 'admin')) return ''
  return html`<p class="quiet">${command === undefined ? action : `${words}.`}</p>`
}

function testing(
  c: ConsoleContext,
  { pusher, message, categories, refused }: SendersOfPusher,
  sender: string,
): Html | '' {
  const isOpen = refused?.form === 'test'
  const data = field(
    { name: 'data', label: 'Message', hint: 'It is sent to the person, as any push is.', isLong: true },
    isOpen ? refused.texts : { data: message },
    isOpen ? refused.problems : {},
  )
  return formToOpen(c, {
    label: 'Send a test',
    isOpen,
    path: below(PUSHERS, pusher.id, 'test'),
    action: 'Send',
    fields: [
      hiddenField('sender', sender),
      categoryOfTest(categories, isOpen ? refused.texts['category'] : undefined),
      data,
    ],
  })
}

/** Only where there is something to choose. */
function categoryOfTest(categories: readonly Category[], value: string | undefined): Html {
  if (categories.length === 0) return html``
  const options = new Map([['', 'none'], ...categories.map(({ name, title }): [string, string] => [name, title])])
  return selectField({ id: 'test-category', name: 'category', label: 'Category', value, options })
}
