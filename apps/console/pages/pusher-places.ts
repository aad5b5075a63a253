import type { AddressBlock, PlainAddress, Pusher, PusherAddresses, ShownAddress } from '@carillon/contract'
import type { UserPresence } from '@carillon/hub'
import { html } from 'hono/html'
import type { ConsoleContext } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { actionButton } from '../view/forms.ts'
import { below } from '../view/link.ts'
import { countOf } from '../view/number.ts'
import { ago, day } from '../view/time.ts'
import { PUSHERS } from './pushers.ts'

/** Every address of a pusher, with what keeps messages from it. */
export function placesOf(c: ConsoleContext, pusher: Pusher, { addresses, mail, phone }: PusherAddresses): Html {
  if (!mail && !phone && addresses.length === 0) return html`<p class="quiet small">None.</p>`
  return html`<ul class="places">
    ${mail && plainPlace(c, pusher, 'email', mail)} ${phone && plainPlace(c, pusher, 'phone', phone)}
    ${addresses.map((address) => registeredPlace(c, pusher, address))}
  </ul>`
}

function plainPlace(c: ConsoleContext, { id }: Pusher, kind: string, { address, blocked }: PlainAddress): Html {
  const lift = ({ sender, suppression }: AddressBlock) =>
    actionButton(c, {
      path: below(PUSHERS, id, 'suppressions', 'lift'),
      label: 'Lift',
      about: `the suppression for ${sender}`,
      fields: { suppression },
      isPlain: true,
    })
  return html`<li>
    <p><span class="quiet">${kind}</span> ${address}</p>
    ${blocked.map(
      (block) =>
        html`<div class="blocked">
          <p class="problem">suppressed for ${block.sender} since ${day(block.since)}: ${block.reason}</p>
          ${lift(block)}
        </div>`,
    )}
  </li>`
}

function registeredPlace(c: ConsoleContext, pusher: Pusher, place: ShownAddress): Html {
  const { id, kind, address, label, platform, target, environment, seenAt, blocked } = place
  const more = [label, platform, target, environment].filter(Boolean).join(', ')
  const removal = actionButton(c, {
    path: below(PUSHERS, pusher.id, 'addresses', 'remove'),
    label: 'Remove',
    about: `${kind} ${address}`,
    fields: { address: id },
    isPlain: true,
  })
  return html`<li>
    <p>
      <span class="quiet">${kind}</span> <span class="name">${address}</span> ${more}
      <span class="quiet">registered ${ago(seenAt)}</span>
    </p>
    ${removal}
    ${blocked.map(
      ({ since, reason }) =>
        html`<p class="blocked problem">disabled since ${day(since)}: ${reason || 'no reason was given'}</p>`,
    )}
    ${
      blocked.length > 0 &&
      html`<p class="blocked quiet">
        It is enabled when it is registered again: <code>PUT /v1/pushers/${pusher.id}/addresses</code>
      </p>`
    }
  </li>`
}

/** @param presence null where it cannot be known */
export function connectionsOf(presence: UserPresence | null): Html {
  if (!presence) return html`<p class="quiet small">They cannot be counted now, because Redis does not answer.</p>`
  const { connections, channels } = presence
  if (connections === 0) return html`<p class="quiet small">Not signed in anywhere.</p>`
  const names = channels.map((name, at) => html`${at > 0 ? ', ' : ''}<span class="name">${name}</span>`)
  return html`<p class="small">
    Signed in on
    ${countOf(connections, 'connection', 'connections')}${channels.length > 0 ? html`, which are on ${names}` : ''}.
  </p>`
}
