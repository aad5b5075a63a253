import type { Check, Explanation, Pusher } from '@carillon/contract'
import { html, raw } from 'hono/html'
import type { ConsoleContext } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { field } from '../view/fields.ts'
import { actionButton, formToOpen } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { notGiven, stateOfCheck } from '../view/state.ts'
import { type Column, table } from '../view/table.ts'
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
  refused: Refused | undefined
}

/** Each sender with what stands in its way, and every check of one of them. */
export function sendersOf(c: ConsoleContext, shown: SendersOfPusher): Html {
  const { pusher, explanations, chosen, refused } = shown
  return html`<section aria-labelledby="senders">
      <h2 id="senders">Senders</h2>
      ${explanations.length > 0 ? table('Senders', columnsFor(c, pusher, chosen), explanations) : ''}
      <div class="buttons">${giving(c, pusher, refused)}</div>
    </section>
    ${
      chosen
        ? html`<section aria-labelledby="checks">
            <h2 id="checks"><span class="name">${chosen.sender}</span>, step by step</h2>
            ${checkList(c, chosen)}
            <div class="buttons">${testing(c, shown, chosen)}</div>
          </section>`
        : ''
    }`
}

/** What stands in the way: what blocks, or else what only waits. */
export function obstacleIn(checks: readonly Check[]): Check | undefined {
  return checks.find(({ state }) => state === 'blocks') ?? checks.find(({ state }) => state === 'waits')
}

function columnsFor(c: ConsoleContext, pusher: Pusher, chosen: Explanation | undefined): Column<Explanation>[] {
  const has = ({ sender }: Explanation) => pusher.senders.includes(sender)
  const link = (one: Explanation) =>
    html`<a
      href="${linkTo(c, below(PUSHERS, pusher.id), { sender: one.sender })}#checks"
      ${one === chosen ? raw('aria-current="true"') : ''}
      >${one.sender}</a
    >`
  return [
    { name: 'Sender', kind: 'main', cell: link },
    {
      name: 'State',
      kind: 'state',
      cell: (one) => (has(one) ? stateOfCheck(obstacleIn(one.checks)?.state ?? 'ok') : notGiven()),
    },
    { name: 'Why', kind: 'wide', cell: (one) => has(one) && obstacleIn(one.checks)?.sentence },
    { name: 'Actions', kind: 'actions', cell: (one) => giveButton(c, pusher, one, has(one)) },
  ]
}

function giveButton(c: ConsoleContext, { id }: Pusher, { sender }: Explanation, has: boolean): Html | '' {
  const [label, verb] = has ? ['Take away', 'take'] : ['Give', 'give']
  return actionButton(c, { path: below(PUSHERS, id, 'senders', verb), label, about: sender, fields: { sender } })
}

/** For a sender that no worker runs yet. */
function giving(c: ConsoleContext, { id }: Pusher, refused?: Refused): Html | '' {
  const isOpen = refused?.form === 'sender'
  return formToOpen(c, {
    label: 'Give another sender',
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
            <p>${check.sentence} ${placeOf(c, check)}</p>
            ${check.action && html`<p class="quiet">${check.action}</p>`}
          </div>
        </li>`,
    )}
  </ol>`
}

const ofSender: ReadonlySet<Check['check']> = new Set(['configured', 'paused', 'worker', 'rate', 'breaker'])

/** Where to see more of it. */
function placeOf(c: ConsoleContext, { check, state, push }: Check): Html | '' {
  if (push !== undefined) return html`<a href="${linkTo(c, below(PUSHES, push))}">See the push</a>`
  return ofSender.has(check) && state !== 'ok' ? html`<a href="${linkTo(c, SENDERS)}">See the senders</a>` : ''
}

/** Only for a sender that the pusher has: others accept no push. */
function testing(c: ConsoleContext, { pusher, message, refused }: SendersOfPusher, { sender }: Explanation): Html | '' {
  if (!pusher.senders.includes(sender)) return ''
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
    fields: html`<input type="hidden" name="sender" value="${sender}" />${data}`,
  })
}
