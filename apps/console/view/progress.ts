import type { BroadcastStatus } from '@carillon/contract'
import { html } from 'hono/html'
import type { Html } from './document.ts'
import { number } from './number.ts'
import { duration } from './time.ts'

/** How much of a broadcast is done, as a bar and in words. */
export function progressBar({
  total,
  pending,
  sent,
  skipped,
  dead,
  deferred,
  state,
  rate,
  eta,
}: BroadcastStatus): Html {
  const done = sent + skipped + dead
  if (total === null || pending === null)
    return html`<span class="quiet">${number(done)} done, of an unknown number</span>`
  const isWaiting = deferred > 0 && deferred === pending
  const speed = state === 'running' && rate !== null && !isWaiting ? `, ${number(Math.round(rate))} a second` : ''
  const rest = eta === null ? '' : `, ${duration(eta)} left`
  const waiting = deferred > 0 ? `, ${number(deferred)} deferred for quiet hours` : ''
  return html`<span class="progress${pending === 0 ? ' over' : ''}">
    <progress max="${Math.max(total, 1)}" value="${total === 0 ? 1 : done}" aria-label="Recipients done"></progress>
    <span>${number(done)} of ${number(total)}${speed}${rest}${waiting}</span>
  </span>`
}
