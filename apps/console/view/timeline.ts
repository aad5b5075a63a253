import type { AddressResult, PushEvent, PushEventName } from '@carillon/contract'
import { html } from 'hono/html'
import type { Html } from './document.ts'
import { after, exactly, withTimes } from './time.ts'

const titles: Readonly<Record<PushEventName, string>> = {
  accepted: 'Accepted',
  scheduled: 'Scheduled',
  sending: 'A worker took it',
  deferred: 'Deferred for quiet hours',
  later: 'Put off by its sender',
  failed: 'Failed, to be tried again',
  sent: 'Sent',
  dead: 'Dead',
  cancelled: 'Cancelled',
  skipped: 'Skipped',
  replayed: 'Replayed',
  delivered: 'Delivered',
  opened: 'Opened',
  bounced: 'Bounced',
  complained: 'Reported as spam',
  unsubscribed: 'Unsubscribed',
}

const wrong: readonly PushEventName[] = ['failed', 'dead', 'bounced', 'complained', 'unsubscribed']

const outcomes: Readonly<Record<AddressResult['outcome'], string>> = {
  sent: 'sent',
  failed: 'failed, to be tried again',
  waits: 'waits',
  gaveUp: 'gave up',
  disabled: 'disabled',
  removed: 'removed',
}

/** Everything that happened to a push, in order. */
export function timeline(events: readonly PushEvent[]): Html {
  const start = events[0]?.time ?? 0
  return html`<ol class="timeline">
    ${events.map((event) => eventItem(event, start))}
  </ol>`
}

function eventItem(event: PushEvent, start: number): Html {
  const { event: name, time, attempt, dueAt, reason, messageId, addresses = [] } = event
  return html`<li class="${wrong.includes(name) ? 'wrong' : ''}">
    <p class="what">
      <strong>${titles[name]}</strong> ${attempt > 0 ? html`<span class="quiet small">attempt ${attempt}</span>` : ''}
      ${time === start ? exactly(time) : html`<span class="past">+${after(time, start)}</span>`}
    </p>
    ${reason && html`<p class="why">${withTimes(reason)}</p>`}
    ${dueAt !== undefined && html`<p class="quiet small">Due ${after(dueAt, time)} later</p>`}
    ${messageId && html`<p class="small"><span class="name">${messageId}</span></p>`}
    ${addresses.length > 0 && addressList(addresses)}
  </li>`
}

function addressList(addresses: readonly AddressResult[]): Html {
  return html`<ul class="addresses">
    ${addresses.map(
      ({ kind, address, outcome, messageId, reason }) =>
        html`<li>
          <span class="name">${kind} ${address}</span>
          <span class="${outcome === 'sent' || outcome === 'waits' ? 'quiet' : 'problem'}">${outcomes[outcome]}</span>
          ${reason && html`<span>${reason}</span>`} ${messageId && html`<span class="name quiet">${messageId}</span>`}
        </li>`,
    )}
  </ul>`
}
